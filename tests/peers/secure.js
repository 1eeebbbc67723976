// A server of HTTP/1.1 and HTTP/2 behind TLS at 8443, one of WebSocket behind TLS at 8444, and a program that talks to
// the second: `node secure.js`, `node secure.js client`.
const { readFileSync, writeFileSync } = require("fs");
const WebSocket = require("ws");
if (process.argv[2] === "client") {
  const line = new WebSocket("wss://127.0.0.1:8444/soup", { rejectUnauthorized: false });
  line.on("open", () => line.send("is the soup ready?"));
  line.on("message", (text) => {
    if (String(text) === "in a minute") return line.send("x".repeat(50000));
    line.close(1000, "thanks");
  });
} else {
  const cert = { key: readFileSync("key.pem"), cert: readFileSync("cert.pem") };
  const web = require("http2").createSecureServer({ ...cert, allowHTTP1: true }, (request, response) => {
    response.setHeader("content-type", "text/plain");
    let size = 0;
    request.on("data", (piece) => (size += piece.length));
    request.on("end", () => response.end(request.url === "/big" ? "soup ".repeat(20000) : `${request.url} got ${size} bytes`));
  });
  const secure = require("https").createServer(cert);
  new WebSocket.Server({ server: secure }).on("connection", (line) => {
    line.on("message", (text) => line.send(text.length < 100 ? "in a minute" : "that was long"));
  });
  web.listen(8443, "127.0.0.1", () => secure.listen(8444, "127.0.0.1", () => writeFileSync("ready", "")));
}
