// Server and client that meet through a tap: prints the server's port, reads the tap's port from stdin, talks through it.
// Modes: ws, deflate, sio.
const mode = process.argv[2], out = (value) => console.log(JSON.stringify(value));
const tap = (then) => require("readline").createInterface({ input: process.stdin }).once("line", (line) => then(Number(line)));
if (mode === "sio") {
  const { Server } = require("socket.io"), { io } = require("socket.io-client");
  const server = new Server(0, { transports: ["polling", "websocket"] });
  server.on("connection", (socket) => socket.on("question", (text, answer) => answer(`${text}? Yes.`)));
  out(server.httpServer.address().port);
  tap((port) => {
    const client = io(`http://127.0.0.1:${port}`, { transports: ["polling", "websocket"] });
    const ask = () => client.emit("question", "Soup", (answer) => {
      out(answer);
      client.disconnect();
      setTimeout(() => process.exit(0), 200);
    });
    client.on("connect", () => {
      const engine = client.io.engine;
      engine.transport.name === "polling" ? engine.once("upgrade", ask) : ask();
    });
  });
} else {
  const { WebSocket, WebSocketServer } = require("ws");
  const perMessageDeflate = mode === "deflate" && { threshold: 0 };
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate });
  server.on("connection", (peer) => {
    peer.on("message", (data, binary) => peer.send(data, { binary }));
    peer.on("close", (code, reason) => out({ code, reason: String(reason) }));
  });
  server.on("listening", () => out(server.address().port));
  let talks = 0;
  require("readline").createInterface({ input: process.stdin }).on("line", (line) => {
    talks++;
    const client = new WebSocket(`ws://127.0.0.1:${line}/chat`, { perMessageDeflate });
    const heard = [];
    client.on("open", () => {
      client.send("The soup is ready.");
      client.send("The soup is ready.");
      client.send(Buffer.from([0, 1, 2, 253, 254, 255]));
      client.send("Once ", { fin: false });
      client.ping("are you there");
      client.send("upon ", { fin: false });
      client.send("a time.", { fin: true });
      client.send("long ".repeat(2000));
    });
    client.on("pong", (data) => heard.push(`pong ${data}`));
    client.on("message", (data) => { heard.push(data.length); if (heard.length === 6) client.close(4001, "enough"); });
    client.on("close", (code) => { out({ heard, code }); });
  }).on("close", () => setTimeout(() => process.exit(0), 300));
}
