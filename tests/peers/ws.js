// WebSocket, both ends: compression that remembers, fragments, a ping, a close with a reason.
const { WebSocket, WebSocketServer } = require("ws");
const compressed = process.argv[2] === "deflate";
const server = new WebSocketServer({ port: 8001, host: "127.0.0.1", perMessageDeflate: compressed && { threshold: 0 } });
server.on("connection", (peer) => {
  peer.on("message", (data, binary) => peer.send(data, { binary }));
  peer.on("close", (code, reason) => { console.log(JSON.stringify({ code, reason: String(reason) })); server.close(); });
});
server.on("listening", () => {
  const client = new WebSocket("ws://127.0.0.1:8001/chat", { perMessageDeflate: compressed && { threshold: 0 } });
  let echoed = 0;
  client.on("open", () => {
    client.send("The soup is ready.");
    client.send("The soup is ready."); // points back to the first
    client.send(Buffer.from([0, 1, 2, 253, 254, 255]));
    client.send("Once ", { fin: false });
    client.ping("are you there");
    client.send("upon ", { fin: false });
    client.send("a time.", { fin: true });
    client.send("long ".repeat(20000));
    client.send("");
  });
  client.on("message", () => { if (++echoed === 6) client.close(4001, "enough"); });
});
