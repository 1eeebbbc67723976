// The official server, for our client: says its port, then what it hears.
const { Server } = require("socket.io");
const http = require("http").createServer();
const server = new Server(http);
server.on("connection", (socket) => {
  socket.emit("welcome", Buffer.from([1, 2, 3]));
  socket.on("question", (text, answer) => answer(`${text}? Yes.`));
});
server.of("/secret").use((socket, next) => next(socket.handshake.auth.token === "1" ? undefined : new Error("who are you"))).on("connection", (socket) => {
  socket.on("hi", (answer) => answer("hi"));
  socket.on("out", () => socket.disconnect());
});
http.listen(0, "127.0.0.1", () => console.log(http.address().port));
process.stdin.resume().on("end", () => process.exit(0));
