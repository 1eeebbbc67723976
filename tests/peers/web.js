// A web server with one kind of body a path; a program that asks for two pages before it has heard the first.
const http = require("http"), net = require("net"), zlib = require("zlib"), fs = require("fs");
const text = "The soup is ready. ".repeat(200);

const server = http.createServer((request, response) => {
  response.setHeader("content-type", "text/plain");
  if (request.method === "POST") {
    let size = 0;
    request.on("data", (piece) => (size += piece.length));
    return request.on("end", () => response.end(`got ${size} bytes`));
  }
  const packed = { "/gzip": ["gzip", zlib.gzipSync], "/br": ["br", zlib.brotliCompressSync], "/deflate": ["deflate", zlib.deflateSync] }[request.url];
  if (packed) {
    const body = packed[1](text);
    response.writeHead(200, { "content-type": "text/plain", "content-encoding": packed[0], "content-length": body.length });
    return response.end(body);
  }
  if (request.url === "/chunks") {
    response.writeHead(200, { "content-type": "text/plain", trailer: "x-sum" });
    let n = 0;
    const next = () => {
      if (++n > 3) { response.addTrailers({ "x-sum": "6" }); return response.end(); }
      response.write(`piece ${n};`);
      setTimeout(next, 20);
    };
    return next();
  }
  if (request.url === "/big") return response.end("0123456789abcdef".repeat(40000));
  response.end(`you asked for ${request.url}`);
});
server.listen(8000, "127.0.0.1", () => {
  const line = net.connect(8000, "127.0.0.1", () => {
    line.write("GET /one HTTP/1.1\r\nHost: a\r\n\r\nHEAD /two HTTP/1.1\r\nHost: a\r\n\r\nGET /three HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  });
  line.on("end", () => fs.writeFileSync("ready", ""));
  line.resume();
});
