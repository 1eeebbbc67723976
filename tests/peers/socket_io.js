// Socket.IO, both ends: namespaces, acknowledgements, attachments; over the transports that are asked for.
const { Server } = require("socket.io"), { io } = require("socket.io-client");
const transports = process.argv[2].split(",");
const server = new Server(8002, { transports });
server.on("connection", (socket) => {
  socket.on("question", (text, answer) => answer(`${text}? Yes.`));
  socket.on("picture", (bytes, answer) => { socket.emit("copy", bytes); answer(bytes.length); });
});
server.of("/news").on("connection", (socket) => socket.emit("headline", { text: "Soup is ready", at: 12 }));
const client = io("http://127.0.0.1:8002", { transports });
client.on("connect", () => {
  const upgraded = () => {
    client.emit("question", "Soup", (answer) => {
      console.log(JSON.stringify(answer));
      client.emit("picture", Buffer.from([1, 2, 3, 250]), () => {
        const news = client.io.socket("/news");
        news.on("headline", () => setTimeout(() => { news.disconnect(); client.disconnect(); server.close(); setTimeout(() => process.exit(0), 300); }, 200));
      });
    });
  };
  const engine = client.io.engine;
  transports.length > 1 && engine.transport.name === "polling" ? engine.once("upgrade", upgraded) : upgraded();
});
