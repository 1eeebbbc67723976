// The page of `layercake ws serve`: a browser's own WebSocket, and beside it the frames as the server saw them.
'use strict';

const own = document.querySelector('meta[name=layercake]');
const find = (id) => document.getElementById(id);
const STATES = ['CONNECTING', 'OPEN', 'CLOSING', 'CLOSED'];
const KEPT = 40; // frames on the page
const SHOWN = 64; // bytes of a payload
const BESIDE = matchMedia('(max-width: 30rem)').matches ? 8 : 16; // and so many of them side by side

/** An element with a class, and what is in it. Text stays text, whoever wrote it. */
function make(tag, kind, ...inside) {
  const element = document.createElement(tag);
  if (kind) element.className = kind;
  element.append(...inside);
  return element;
}

// ---- In your browser -------------------------------------------------------------------------------------------------

let ws = null;

function state() {
  const now = ws ? ws.readyState : -1;
  find('ready').textContent = ws ? `${now} ${STATES[now]}` : 'none yet';
  find('buffered').textContent = ws ? `${ws.bufferedAmount}` : '0';
  for (const item of find('states').children) {
    const here = Number(item.dataset.state) === now;
    item.classList.toggle('now', here);
    if (here) item.setAttribute('aria-current', 'step');
    else item.removeAttribute('aria-current');
  }
  find('send').disabled = now !== 1;
  find('close').disabled = now > 1 || now < 0;
  find('connect').disabled = now === 0 || now === 1 || now === 2;
}

/** The program as it would be typed; the line that ran last is marked, not by colour alone. */
function program(ran) {
  const quote = (text) => `'${text.replace(/[\\']/g, '\\$&').replace(/\n/g, '\\n')}'`;
  const lines = [
    ['open', `const ws = new WebSocket(${quote(find('url').value)})`],
    ['onopen', 'ws.onopen    = (e) => console.log(ws.readyState)'],
    ['onmessage', 'ws.onmessage = (e) => console.log(e.data)'],
    ['onerror', 'ws.onerror   = (e) => console.log(e.type)'],
    ['onclose', 'ws.onclose   = (e) => console.log(e.code, e.reason)'],
    ['send', `ws.send(${quote(find('text').value)})`],
    ['close', `ws.close(${find('code').value || ''}${find('code').value ? `, ${quote(find('reason').value)}` : ''})`],
  ];
  find('program').replaceChildren(...lines.map(([name, line]) =>
    make('span', name === ran ? 'ran' : '', `${name === ran ? '▸ ' : '  '}${line}\n`)));
}

function happened(name, text, why) {
  const item = make('li', name, make('b', '', name), make('span', '', text, ...(why ? [make('small', '', ` ${why}`)] : [])));
  const log = find('events');
  log.prepend(item);
  while (log.children.length > 200) log.lastChild.remove();
}

const CODES = {
  1000: 'normal', 1001: 'the other side goes away', 1002: 'a rule of the protocol was broken', 1003: 'this kind of data is not taken',
  1005: 'no code was sent; your browser made this one up', 1006: 'no close frame came; your browser made this one up',
  1007: 'a text was not UTF-8', 1008: 'against the rules of the house', 1009: 'too large', 1011: 'the server failed',
};

function open(event) {
  event.preventDefault();
  if (ws && ws.readyState < 3) return;
  program('open');
  try {
    ws = new WebSocket(find('url').value);
  } catch (error) {
    happened('error', error.message);
    return;
  }
  ws.onopen = () => {
    state();
    program('onopen');
    happened('open', 'The handshake is done, both may speak.');
    if (document.activeElement === find('connect') || document.activeElement === document.body) find('text').focus();
  };
  ws.onmessage = (event) => {
    state();
    program('onmessage');
    const text = typeof event.data === 'string' ? event.data : `${event.data.size} bytes`;
    happened('message', text.length > 2000 ? `${text.slice(0, 2000)} …` : text);
  };
  ws.onerror = () => {
    state();
    happened('error', 'The browser gives no reason: a page shall not explore foreign networks by it. See the server’s side.');
  };
  ws.onclose = (event) => {
    state();
    program('onclose');
    const reason = event.reason ? `, reason ${event.reason}` : '';
    happened('close', `code ${event.code}${reason}, wasClean ${event.wasClean}`, CODES[event.code] ? `(${CODES[event.code]})` : '');
  };
  state();
}

find('opening').addEventListener('submit', open);
find('sending').addEventListener('submit', (event) => {
  event.preventDefault();
  if (!ws || ws.readyState !== 1) return;
  ws.send(find('text').value);
  state();
  program('send');
  find('text').select();
});
find('closing').addEventListener('submit', (event) => {
  event.preventDefault();
  if (!ws) return;
  const code = find('code').value.trim();
  try {
    if (code) ws.close(Number(code), find('reason').value);
    else ws.close();
    program('close');
  } catch (error) {
    happened('error', error.message);
  }
  state();
});
for (const id of ['url', 'text', 'code', 'reason']) find(id).addEventListener('input', () => program(''));

// ---- At the server ---------------------------------------------------------------------------------------------------

const KINDS = { 0: 'continuation', 1: 'text', 2: 'binary', 8: 'close', 9: 'ping', 10: 'pong' };
const KIND_FOR = {
  0: 'goes on with the message that an earlier frame began.',
  1: 'text; it must be UTF-8, or the connection ends with 1007.',
  2: 'bytes, which mean whatever both programs agreed on.',
  8: 'goodbye. Nothing may follow it, and the other side answers with one of its own.',
  9: 'asks for a sign of life. Your browser answers by itself; no script sees it, none can send it.',
  10: 'the answer to a ping, with the same payload.',
};
const HEADERS = {
  'host': 'Which site is meant: one address may serve many.',
  'upgrade': 'The protocol that this connection speaks from here on.',
  'connection': 'Says that Upgrade is meant for the next machine, not to be passed on blindly.',
  'origin': 'The page that asks. Scripts cannot forge it: by it a server refuses foreign pages.',
  'sec-websocket-key': '16 random bytes in Base64. No secret: the answer must be computed from them.',
  'sec-websocket-version': '13 is the only version in use.',
  'sec-websocket-accept': 'The proof that the server has read the key, see below.',
  'sec-websocket-extensions': 'Compression of messages: offered by the browser, used only if the answer has this line, too.',
  'sec-websocket-protocol': 'What the messages shall mean.',
  'cookie': 'Browsers send cookies along, for foreign pages, too: so servers check Origin.',
  'user-agent': 'The program that asks.',
  'date': 'The server’s clock.',
  'pragma': 'No copy from a store on the way, as HTTP/1.0 says it.',
  'cache-control': 'No copy from a store on the way: a conversation cannot be stored.',
  'accept-encoding': 'For pages; a WebSocket compresses in its own way, see Sec-WebSocket-Extensions.',
  'accept-language': 'The languages of whoever sits before the browser.',
};

const bytesOf = (text) => (text.match(/../g) || []).map((two) => parseInt(two, 16));
const two = (byte) => byte.toString(16).padStart(2, '0');

/** A part that can be pointed at: bits or bytes, a name, and what it is for. */
function part(kind, name, cells, why) {
  const button = make('button', `part ${kind}`, make('span', 'cells', ...cells.map((cell) => make('i', '', cell))));
  const label = make('small', '', name);
  if (kind.startsWith('row')) button.prepend(label);
  else button.append(label);
  button.type = 'button';
  button.setAttribute('aria-label', `${name}: ${cells.join(' ')}`);
  button.why = [name, why];
  return button;
}

function frameParts(told) {
  const head = bytesOf(told.head);
  const [first, second] = head;
  const opcode = first & 15;
  const bit = (byte, from, count) => [...byte.toString(2).padStart(8, '0').slice(from, from + count)];
  const short = second & 127;
  const masked = second >= 128;
  const rsv = first >> 4 & 7;
  const one = [
    part('fin', first >= 128 ? 'FIN' : 'not FIN', bit(first, 0, 1),
      first >= 128 ? '1: this is the last piece of its message. Most messages are one piece.' : '0: more pieces of this message follow, as continuation frames.'),
    part('rsv', 'RSV 1-3', bit(first, 1, 3),
      rsv === 4 ? 'RSV1 is set: this message is compressed (permessage-deflate).' : 'Room for extensions. All 0, because none is used for this frame; a set bit that nobody agreed on ends the connection.'),
    part('opcode', `opcode ${opcode} ${KINDS[opcode] || ''}`, bit(first, 4, 4), `What the frame is: ${KIND_FOR[opcode] || 'not defined.'}`),
  ];
  const sizes = { 126: '126 means: the real length stands in the next 2 bytes.', 127: '127 means: the real length stands in the next 8 bytes.' };
  const other = [
    part('mask', masked ? 'MASK' : 'no mask', bit(second, 0, 1),
      masked ? '1: the payload is masked. A client always has to.' : '0: not masked. A server never masks; a client that does not is cut off with 1002.'),
    part('length', `length ${short}`, bit(second, 1, 7), sizes[short] || `So many bytes of payload follow. Up to 125 they need no more room than these seven bits.`),
  ];
  return { head, one, other, masked, short, opcode };
}

function frame(told) {
  const { head, one, other, masked, short, opcode } = frameParts(told);
  const card = make('article', told.up ? 'frame up' : 'frame down');
  const kind = KINDS[opcode] || `opcode ${opcode}`;
  const whole = head.length + told.length + (told.plain === null && masked ? 4 : 0);
  const title = `${told.up ? '→ to the server' : '← to the browser'}: ${kind}`;
  card.append(make('h3', '', title, ' ', make('small', '', `#${told.n} · ${whole} bytes for ${told.length} of payload`)));
  const byte = (number, parts) => make('div', 'byte', make('span', '', `byte ${number} = ${two(head[number])}`), make('div', 'bits', ...parts));
  card.append(make('div', 'bytes', byte(0, one), byte(1, other)));
  const wire = make('div', 'wire');
  const row = (kind, name, bytes, why) => wire.append(part(`row ${kind}`, name, bytes.map(two), why));
  const extra = short === 126 ? 2 : short === 127 ? 8 : 0;
  if (extra) row('length', 'real length', head.slice(2, 2 + extra), `${told.length} bytes, the most significant byte first.`);
  if (told.plain !== null) {
    const plain = bytesOf(told.plain).slice(0, SHOWN);
    const more = told.length > plain.length ? ` Here are the first ${plain.length} of ${told.length} bytes.` : '';
    const key = masked ? head.slice(2 + extra, 6 + extra) : [0, 0, 0, 0];
    if (masked) row('mask', 'mask key', key, 'Four random bytes, new for each frame. They travel in the frame: masking hides nothing. It keeps old proxies from mistaking your text for HTTP.');
    for (let from = 0; from < plain.length; from += BESIDE) {
      const piece = plain.slice(from, from + BESIDE);
      const keys = piece.map((_, at) => key[(from + at) % 4]);
      if (masked) {
        row(from ? 'next' : '', 'on the wire', piece.map((b, at) => b ^ keys[at]), `What crosses.${more}`);
        row('mask', '⊕ key', keys, 'The key again and again, byte by byte. XOR twice gives back what was there.');
      }
      row('plain', masked ? '= in plain' : 'payload', piece, (masked ? 'What was meant: wire ⊕ key.' : 'Not masked: this is what crosses.') + more);
      if (opcode !== 2 && !(head[0] & 64)) {
        const code = opcode === 8 && from === 0 ? `The first two bytes are the code ${plain[0] * 256 + plain[1]}, the rest is the reason.` : 'Each byte as a letter; letters beyond ASCII take several bytes in UTF-8.';
        wire.append(part('row letters', 'as letters', letters(piece), code));
      }
    }
  } else {
    wire.append(make('p', 'others', 'Another connection: its payload is not shown here (start the server with --show-all).'));
  }
  const said = make('p', 'said', make('b', '', 'Point at a part'), ' to see what it is for.');
  if (wire.children.length) card.append(wire);
  card.append(said);
  walk(card, said);
  return { card, title: `${title}, ${told.length} bytes` };
}

const letters = (bytes) => bytes.map((byte) => byte > 32 && byte < 127 ? String.fromCharCode(byte) : byte === 32 ? '\u00a0' : '·');

/** One stop for Tab per frame; arrow keys go from part to part. */
function walk(card, said) {
  const parts = [...card.querySelectorAll('.part')];
  parts.forEach((button, at) => button.tabIndex = at ? -1 : 0);
  const show = (button, aloud) => {
    parts.forEach((other) => other.classList.toggle('chosen', other === button));
    said.replaceChildren(make('b', '', `${button.why[0]}. `), button.why[1]);
    if (aloud) find('spoken').textContent = `${button.why[0]}. ${button.why[1]}`;
  };
  card.addEventListener('mouseover', (event) => {
    const button = event.target.closest('.part');
    if (button) show(button, false);
  });
  card.addEventListener('focusin', (event) => {
    const button = event.target.closest('.part');
    if (!button) return;
    parts.forEach((other) => other.tabIndex = other === button ? 0 : -1);
    show(button, true);
  });
  card.addEventListener('keydown', (event) => {
    const at = parts.indexOf(document.activeElement);
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const to = event.key === 'Home' ? 0 : event.key === 'End' ? parts.length - 1 : step ? at + step : -1;
    if (at < 0 || !parts[to]) return;
    event.preventDefault();
    parts[to].focus();
  });
}

function handshake(told) {
  const list = (title, lines) => [
    make('h3', '', title),
    make('ul', 'lines', ...lines.map((line, at) => {
      const name = line.split(':')[0].toLowerCase();
      const why = at ? HEADERS[name] : line.startsWith('HTTP') ? 'The last words of HTTP on this connection: frames follow.' : 'It begins as a request of HTTP.';
      return make('li', '', make('code', '', line), ...(why ? [make('small', '', why)] : []));
    })),
  ];
  const said = told.answer.find((line) => line.toLowerCase().startsWith('sec-websocket-accept:'));
  const same = said && said.split(':')[1].trim() === told.accept;
  const step = (text, why) => make('li', '', make('code', '', text), make('small', '', why));
  find('heads').replaceChildren(
    ...list('→ Your browser asks', told.request),
    ...list('← The server answers', told.answer),
    make('h3', '', 'How Sec-WebSocket-Accept comes from the key'),
    make('ol', 'proof',
      step(`${told.key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`, 'The key, and behind it a text that stands in RFC 6455: no server writes it by accident.'),
      step(bytesOf(told.sha1).map(two).join(' '), 'SHA-1 of that: 20 bytes.'),
      step(told.accept, `Those 20 bytes in Base64. ${same ? '✓ The server said the same.' : '✗ The server said something else.'}`)));
  find('shake').hidden = false;
}

const others = new Set();

function told(message) {
  if (message.t === 'open' && message.request) handshake(message);
  if (message.t === 'open' && !message.own) others.add(message.n);
  if (message.t === 'frame' && !message.own && message.plain === null) others.add(message.n);
  if (message.t === 'end') others.delete(message.n);
  find('others').hidden = others.size === 0;
  find('others').textContent = `${others.size} other ${others.size === 1 ? 'connection speaks' : 'connections speak'} with this server, too.`;
  if (message.t === 'frame' && (message.own || message.plain !== null)) {
    const { card, title } = frame(message);
    find('empty').hidden = true;
    const frames = find('frames');
    frames.prepend(card);
    const cards = frames.querySelectorAll('.frame');
    if (cards.length > KEPT) cards[cards.length - 1].remove();
    find('spoken').textContent = title;
  }
  if (message.t === 'end' && message.own) find('live').textContent = `The server says of connection ${message.n}: ${message.why}.`;
  if (message.t === 'noframe' && message.own) find('live').textContent = `Connection ${message.n}: what crosses is no frame any more.`;
  if (message.t === 'missed') find('live').textContent = `${message.count} frames not shown: more came than this page could take.`;
}

function look() {
  const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
  const live = new WebSocket(`${scheme}://${location.host}/live?token=${own.content}`);
  live.onopen = () => { find('live').textContent = 'Looking on: frames appear as the server sees them.'; };
  live.onmessage = (event) => told(JSON.parse(event.data));
  live.onclose = () => { find('live').textContent = 'The server is gone, or does not know this page any more. Load the page again.'; };
}

find('url').value = `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/?page=${own.dataset.page}`;
program('');
state();
setInterval(() => { if (ws) find('buffered').textContent = `${ws.bufferedAmount}`; }, 250);
look();
