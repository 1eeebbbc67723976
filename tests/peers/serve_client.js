// npm `ws` as a client of `layercake ws serve`: node serve_client.js URL
'use strict';
const WebSocket = require('ws');

const ws = new WebSocket(process.argv[2], ['other', 'chat.v1'], { perMessageDeflate: { threshold: 0 } });
const big = 'layercake '.repeat(7000);
let heard = 0;
let ponged = false;
ws.on('message', (data) => {
  heard += 1;
  if (heard === 1) ws.send(big); // the welcome
  if (heard === 2) {
    if (data.toString() !== big) throw new Error('not what was said');
    ws.ping('there?');
  }
});
ws.on('pong', () => { ponged = true; ws.close(1000, 'done'); });
ws.on('close', (code) => console.log(ws.extensions, ws.protocol, big.length, ponged, code));
ws.on('error', (error) => { console.error(error); process.exit(1); });
