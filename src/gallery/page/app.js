'use strict';
const $ = (id) => document.getElementById(id);
const make = (tag, classes, text) => { const node = document.createElement(tag); if (classes) node.className = classes; if (text !== undefined) node.textContent = text; return node; };
const HIGH = 28, BLOCK = 64, MOST = 8e6;
let socket = null, teacher = false, source = {}, first = 1, last = 0, here = 0, lost = 0, done = false, tries = 0, over = false;
let wanted = 0, packet = null, choice = null, shown = null, timer = null, ladder = false, paused = false, follow = true;
const rows = new Map(), asked = new Map(), open = new Map();
// The teacher's key stays in this tab alone: the address that is projected is the viewers'.
let key = sessionStorage.getItem('teacher') || new URLSearchParams(location.search).get('key');

function connect() {
  socket = new WebSocket(`ws://${location.host}/look?key=${encodeURIComponent(key)}`);
  socket.onmessage = (event) => heard(JSON.parse(event.data));
  socket.onclose = (event) => {
    if (event.code === 1001 || over) { over = true; say('It is over: what you see stays.'); return; }
    if (event.code === 1006 && tries > 1 && sessionStorage.getItem('teacher')) { sessionStorage.removeItem('teacher'); key = new URLSearchParams(location.search).get('key'); }
    tries += 1; say('No connection; trying again…');
    setTimeout(connect, Math.min(5000, 250 * 2 ** tries) * (0.5 + Math.random()));
  };
}
function ask(what) {
  const text = JSON.stringify(what), now = Date.now();
  if (!socket || socket.readyState !== 1 || now - (asked.get(text) || 0) < 1500) return;
  if (asked.size > 200) asked.clear();
  asked.set(text, now);
  socket.send(text);
}
const say = (text) => { if ($('status').textContent !== text) $('status').textContent = text; };
function status() {
  const more = lost ? ` · ${lost} lost by the capture` : '';
  say(last ? `Packet ${wanted} of ${last}${done ? '' : ', more may come'} · ${here} ${here === 1 ? 'looks' : 'look'} on${more}` : 'No packet yet.');
}
function heard(m) {
  if (m.t === 'hello') {
    tries = 0; asked.clear();
    ({ teacher, source } = m);
    if (teacher) { sessionStorage.setItem('teacher', key); history.replaceState(null, '', `/?key=${m.key}`); }
    $('title').textContent = `${source.title} · layercake live`;
    $('about').textContent = [source.label, teacher ? 'What you choose, all see.' : '', source.headers ? 'Of what other machines say to each other only headers are shown.' : ''].filter(Boolean).join(' · ');
    $('follow').hidden = teacher; $('pause').hidden = !source.live;
  } else if (m.t === 'beat') {
    const tail = atEnd();
    ({ first, here, lost, done } = m);
    keep(m.rows);
    if (!paused) { last = m.last; if (tail && source.live) toEnd(); }
    if (!wanted && last) choose(first, null, true);
    list(); status();
  } else if (m.t === 'rows') { keep(m.rows); asked.delete(JSON.stringify({ rows: m.block })); list(); }
  else if (m.t === 'packet' && m.number === wanted) show(m, null);
  else if (m.t === 'gone' && m.number === wanted) say(`Packet ${m.number} is gone: newer ones took its place.`);
  else if (m.t === 'teacher' && (follow || teacher)) {
    if (teacher && packet && packet.number === m.number) return;
    wanted = m.number; last = Math.max(last, m.number); show(m, m.choice); reveal();
    if (!teacher) say(`The teacher shows packet ${m.number}.`);
  }
}
function keep(more) { for (const row of more) rows.set(row[0], row); if (rows.size > 6000) for (const old of [...rows.keys()].slice(0, 3000)) rows.delete(old); }

// The list: only the rows that are seen exist.
const count = () => Math.max(0, last - first + 1);
const scale = () => Math.max(1, (count() * HIGH) / MOST);
const atEnd = () => { const l = $('list'); return l.scrollTop + l.clientHeight > l.scrollHeight - 2 * HIGH; };
const toEnd = () => { size(); $('list').scrollTop = $('list').scrollHeight; };
const size = () => { $('tall').style.height = `${(count() * HIGH) / scale()}px`; };
function reveal() {
  size();
  const l = $('list'), at = ((wanted - first) * HIGH) / scale();
  if (at < l.scrollTop || at > l.scrollTop + l.clientHeight - HIGH) l.scrollTop = Math.max(0, at - l.clientHeight / 3);
  list();
}
function list() {
  size();
  const fits = Math.max(1, Math.floor($('list').clientHeight / HIGH));
  const from = first + Math.max(0, Math.min(Math.floor(($('list').scrollTop * scale()) / HIGH + 0.5), count() - fits));
  const numbers = []; for (let n = from; n < from + fits && n <= last; n += 1) numbers.push(n);
  const often = new Map();
  for (const end of numbers.flatMap((n) => (rows.get(n) ? rows.get(n)[2].split(/ (?:→|->) /) : []))) often.set(end, (often.get(end) || 0) + 1);
  const ends = [...often.keys()].sort((a, b) => often.get(b) - often.get(a)).slice(0, 4);
  $('hosts').hidden = !ladder;
  $('hosts').textContent = `Columns: ${ends.map((end, i) => `${i + 1} ${end}`).join(' · ')}`;
  $('rows').replaceChildren(...numbers.map((n) => {
    const row = rows.get(n);
    if (!row) ask({ rows: Math.floor((n - 1) / BLOCK) });
    const node = make('div', `row v${row ? row[4] : 1}${ladder ? ' rung' : ''}`);
    node.id = `row${n}`; node.setAttribute('role', 'option'); node.setAttribute('aria-selected', n === wanted);
    node.setAttribute('aria-setsize', count()); node.setAttribute('aria-posinset', n - first + 1);
    const who = ladder && row ? arrow(row[2].split(/ (?:→|->) /), ends) : row ? row[2] : '';
    node.append(make('span', 'n', n), make('span', 'time', row ? row[1] : ''), make('span', ladder ? 'arrow' : 'ends', who), make('span', 'says', row ? row[3] : '…'));
    if (ladder && row) node.setAttribute('aria-label', `${n}, ${row[2]}, ${row[3]}`);
    node.onclick = () => choose(n);
    return node;
  }));
  $('list').setAttribute('aria-activedescendant', numbers.includes(wanted) ? `row${wanted}` : '');
}
/** Hosts as columns: at most four, then the address is written. */
function arrow([from, to], ends) {
  const a = ends.indexOf(from), b = ends.indexOf(to);
  if (a < 0 || b < 0 || a === b) return `${from} → ${to}`;
  const line = [...'│     │     │     │'].map((c, i) => (i > 6 * Math.min(3, ends.length - 1) ? ' ' : c));
  for (let i = 6 * Math.min(a, b) + 1; i < 6 * Math.max(a, b); i += 1) line[i] = '─';
  line[a < b ? 6 * b - 1 : 6 * b + 1] = a < b ? '▶' : '◀';
  return line.join('');
}
function choose(n, at = null, quiet) {
  n = Math.max(first, Math.min(n, last));
  if (!n) return;
  if (!teacher && !quiet) setFollow(false);
  wanted = n;
  asked.delete(JSON.stringify({ packet: n }));
  ask({ packet: n });
  if (teacher && !quiet) ask({ choose: [n, at ?? -1] });
  reveal(); status();
}
function setFollow(on) { follow = on; $('follow').setAttribute('aria-pressed', on); }

// The cake and the bytes.
function show(m, at) {
  packet = m; choice = null; shown = null;
  const items = [];
  for (const layer of m.layers) {
    const known = open.has(layer.key) ? open.get(layer.key) : layer.open;
    const inside = layer.fields.some((f) => f.id === at);
    const opened = known || inside;
    items.push(item(layer.id, `layer v${layer.level}`, 1, [make('b', '', `${layer.level} ${layer.level_name.toUpperCase()}`), ` ${layer.name}${layer.quoted ? ', quoted' : ''}${layer.cut ? ', cut short here' : ''}`], layer.nest));
    if (layer.fields.length) items.at(-1).setAttribute('aria-expanded', opened);
    for (const f of opened ? layer.fields : []) items.push(item(f.id, `v${layer.level}`, 2 + f.depth, [make('span', '', f.name), f.text ? ' ' : '', make('span', 'text', f.text)], layer.nest + 1 + f.depth));
  }
  $('cake').replaceChildren(...items);
  const names = ['In the packet', 'Joined from several packets, or unpacked', 'Made out of them: unmasked, inflated, decrypted'];
  const per = innerWidth < 800 ? 8 : 16, parts = [];
  m.homes.forEach((home, h) => {
    if (!home.all) return;
    parts.push(make('h3', '', `${names[h]}: ${home.all} bytes${home.all * 2 > home.bytes.length ? `, the first ${home.bytes.length / 2} are shown` : ''}`));
    const grid = make('div'); grid.setAttribute('role', 'grid'); grid.setAttribute('aria-label', names[h]);
    let run = 0;
    for (let i = 0; i * 2 < home.bytes.length; i += 1) {
      if (i % per === 0) { const line = make('div', 'hex'); line.setAttribute('role', 'row'); const at = make('span', 'at', i.toString(16).padStart(4, '0')); at.setAttribute('role', 'rowheader'); line.append(at); grid.append(line); }
      while (m.runs[h][run] && m.runs[h][run][0] <= i) run += 1;
      const b = make('span', 'b', home.bytes.slice(2 * i, 2 * i + 2)), id = m.runs[h][run] ? m.runs[h][run][1] : null;
      b.setAttribute('role', 'gridcell'); b.tabIndex = -1; b.dataset.home = h; b.dataset.at = i;
      if (id !== null) wire(b, id);
      grid.lastChild.append(b);
    }
    if (grid.querySelector('.b')) grid.querySelector('.b').tabIndex = 0;
    parts.push(grid);
  });
  $('bytes').replaceChildren(...parts);
  set(at ?? m.best);
}
function item(id, classes, level, inside, indent) {
  const node = make('div', `item ${classes}`);
  node.append(...inside); node.dataset.id = id; node.tabIndex = -1; node.style.marginLeft = `${Math.min(indent, 10) * 0.6}rem`;
  node.setAttribute('role', 'treeitem'); node.setAttribute('aria-level', level); node.setAttribute('aria-selected', 'false');
  wire(node, id);
  return node;
}
function wire(node, id) {
  node.onmouseenter = () => light(id);
  node.onmouseleave = () => light(choice);
  node.onfocus = () => light(id);
  node.onclick = () => { if (node.classList.contains('layer') && id === choice) toggle(id); else pick(id); };
}
const layerOf = (id) => packet.layers.find((l) => l.id === id || l.fields.some((f) => f.id === id));
function toggle(id, to) {
  const layer = layerOf(id), now = $('cake').querySelector(`[data-id="${layer.id}"]`).getAttribute('aria-expanded') === 'true';
  open.set(layer.key, to ?? !now);
  show(packet, layer.id);
  focusItem(layer.id);
}
const focusItem = (id) => { const node = $('cake').querySelector(`[data-id="${id}"]`); if (node) node.focus(); };
/** What is chosen stays lit; the teacher's choice goes to all. */
function pick(id) {
  if (!$('cake').querySelector(`[data-id="${id}"]`)) { open.set(layerOf(id).key, true); show(packet, id); }
  set(id);
  if (teacher) { asked.clear(); ask({ choose: [packet.number, id] }); } else setFollow(false);
}
function set(id) {
  choice = id;
  for (const node of $('cake').children) { const on = Number(node.dataset.id) === id; node.tabIndex = on ? 0 : -1; node.setAttribute('aria-selected', on); }
  if (!$('cake').querySelector('[tabindex="0"]') && $('cake').firstChild) $('cake').firstChild.tabIndex = 0;
  light(id);
}
function light(id) {
  if (id === null || id === undefined || shown === id) return;
  shown = id;
  const layer = layerOf(id), field = layer && layer.fields.find((f) => f.id === id), it = field || layer;
  if (!it) return;
  const spans = [[it.light.home, it.light.at]];
  if (it.light.made) spans.push([2, it.light.made]);
  const within = (b) => spans.some(([h, [a, z]]) => Number(b.dataset.home) === h && b.dataset.at >= a && b.dataset.at < z);
  for (const b of $('bytes').querySelectorAll('.b')) b.classList.toggle('lit', within(b));
  const seen = $('cake').querySelector(`[data-id="${id}"]`) || $('cake').querySelector(`[data-id="${layer.id}"]`);
  for (const node of $('cake').children) node.classList.toggle('lit', node === seen);
  $('what').textContent = field ? `${layer.level} ${layer.name} · ${field.name}${field.text ? `: ${field.text}` : ''}` : `${layer.level} ${layer.name}: layer ${layer.level}, ${layer.level_name}`;
  $('spec').textContent = `${layer.key}${field ? `.${field.key}` : ''} · ${it.spec}`;
  $('purpose').textContent = [it.explain, ...(field ? field.meanings : [])].join('\n');
}

// Keys and buttons.
const press = (id, run) => { $(id).onclick = run; };
press('before', () => choose(wanted - 1));
press('next', () => choose(wanted + 1));
press('slow', () => {
  const on = !timer;
  clearInterval(timer);
  timer = on ? setInterval(() => choose(wanted + 1), 1500) : null;
  $('slow').setAttribute('aria-pressed', on);
});
press('pause', () => { paused = !paused; $('pause').setAttribute('aria-pressed', paused); });
press('ladder', () => { ladder = !ladder; $('ladder').setAttribute('aria-pressed', ladder); list(); });
press('follow', () => { setFollow(!follow); if (follow && socket) socket.close(); });
$('list').onscroll = list;
onresize = () => { list(); if (packet) show(packet, choice); };
$('list').onkeydown = (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -1e12, End: 1e12 }[event.key];
  if (step) { event.preventDefault(); choose(wanted + step); }
};
$('cake').onkeydown = (event) => {
  const all = [...$('cake').children], at = all.indexOf(document.activeElement), id = Number(all[at].dataset.id);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
  if (to !== undefined) { event.preventDefault(); if (all[to]) all[to].focus(); }
  else if (event.key === 'ArrowRight') { event.preventDefault(); toggle(id, true); }
  else if (event.key === 'ArrowLeft') { event.preventDefault(); toggle(id, false); }
  else if (event.key === 'Enter' || event.key === ' ') { event.preventDefault(); pick(id); focusItem(id); }
};
$('bytes').onkeydown = (event) => {
  const all = [...$('bytes').querySelectorAll('.b')], at = all.indexOf(document.activeElement), per = innerWidth < 800 ? 8 : 16;
  const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: per, ArrowUp: -per }[event.key];
  if (step && all[at + step]) { event.preventDefault(); all[at].tabIndex = -1; all[at + step].tabIndex = 0; all[at + step].focus(); }
  else if (event.key === 'Enter' && all[at]) all[at].click();
};
connect();
