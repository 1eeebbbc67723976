// Drives headless Chromium over CDP with the page of `layercake ws serve`, by keyboard alone; prints JSON of what is seen.
// node page.js URL [FOLDER for screenshots]; NODE_PATH has `ws`.
'use strict';
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const WebSocket = require('ws');

const [url, shots] = process.argv.slice(2);
const profile = fs.mkdtempSync(path.join(os.tmpdir(), 'layercake-page-'));
const browser = spawn('chromium', ['--headless=new', '--no-sandbox', '--disable-gpu', '--no-first-run', '--remote-debugging-port=0',
  `--user-data-dir=${profile}`, 'about:blank'], { stdio: ['ignore', 'ignore', 'pipe'] });
const over = (code) => {
  browser.on('exit', () => { fs.rmSync(profile, { recursive: true, force: true, maxRetries: 5 }); process.exit(code); });
  browser.kill('SIGKILL');
  setTimeout(() => process.exit(code), 3000).unref();
};
setTimeout(() => { console.error('the browser took too long'); over(1); }, 50000).unref();

let said = '';
browser.stderr.on('data', (data) => {
  said += data;
  const found = said.match(/ws:\/\/127\.0\.0\.1:(\d+)\/devtools/);
  if (found) { browser.stderr.removeAllListeners('data'); browser.stderr.resume(); drive(found[1]).then(() => over(0), (error) => { console.error(error); over(1); }); }
});

async function drive(port) {
  const tabs = await (await fetch(`http://127.0.0.1:${port}/json`)).json();
  const cdp = new WebSocket(tabs.find((tab) => tab.type === 'page').webSocketDebuggerUrl);
  await new Promise((done, fail) => { cdp.on('open', done); cdp.on('error', fail); });
  let next = 0;
  const waiting = new Map();
  const trouble = [];
  cdp.on('message', (data) => {
    const message = JSON.parse(data);
    if (message.id) waiting.get(message.id)(message);
    if (message.method === 'Runtime.exceptionThrown' || (message.method === 'Log.entryAdded' && message.params.entry.level === 'error')) trouble.push(message.params);
    if (message.method === 'Network.requestWillBeSent') asked.push(message.params.request.url);
  });
  const asked = [];
  const call = (method, params = {}) => new Promise((done) => { waiting.set(++next, done); cdp.send(JSON.stringify({ id: next, method, params })); });
  const value = async (expression) => {
    const { result } = await call('Runtime.evaluate', { expression, returnByValue: true });
    if (result.exceptionDetails) throw new Error(JSON.stringify(result.exceptionDetails));
    return result.result.value;
  };
  const until = async (expression) => {
    for (let tries = 0; tries < 200; tries += 1) {
      if (await value(expression)) return;
      await new Promise((done) => setTimeout(done, 50));
    }
    throw new Error(`never true: ${expression}`);
  };
  const press = async (key, code, keyCode, text) => {
    await call('Input.dispatchKeyEvent', { type: 'keyDown', key, code, windowsVirtualKeyCode: keyCode, ...(text ? { text } : {}) });
    await call('Input.dispatchKeyEvent', { type: 'keyUp', key, code, windowsVirtualKeyCode: keyCode });
  };
  const tab = () => press('Tab', 'Tab', 9);
  const enter = () => press('Enter', 'Enter', 13, '\r');
  const tabTo = async (test) => {
    for (let tries = 0; tries < 60; tries += 1) {
      if (await value(test)) return;
      await tab();
    }
    throw new Error(`Tab never reaches: ${test}`);
  };
  const active = (id) => `document.activeElement.id === '${id}'`;
  const shot = async (name, width, scheme, height = 1300) => {
    if (!shots) return;
    await call('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: width < 500 });
    await call('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: scheme }] });
    await new Promise((done) => setTimeout(done, 400));
    const { result } = await call('Page.captureScreenshot', { captureBeyondViewport: true });
    fs.writeFileSync(path.join(shots, `${name}.png`), Buffer.from(result.data, 'base64'));
  };

  for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await call(`${domain}.enable`);
  await call('Page.navigate', { url });
  await until(`document.readyState === 'complete' && document.getElementById('live').textContent.startsWith('Looking on:')`);
  await shot('empty', 1280, 'light', 900);
  await tabTo(active('connect'));
  await enter();
  await until(`document.getElementById('ready').textContent === '1 OPEN'`);
  const focused = await value('document.activeElement.id');
  await tabTo(active('text'));
  await enter(); // the message is Hello already
  const hello = `[...document.querySelectorAll('.frame.up')].find((frame) => /text/.test(frame.querySelector('h3').textContent))`;
  await until(`!!${hello}`);
  await until(`[...document.querySelectorAll('#events .message')].some((item) => item.textContent.endsWith('Hello'))`);
  await until(`document.querySelectorAll('.frame.down').length >= 2`);
  const bytes = await value(`[...${hello}.querySelectorAll('.byte > span')].map((span) => span.textContent).join(' ')`);
  const rows = await value(`[...${hello}.querySelectorAll('.wire .part')].map((part) => part.getAttribute('aria-label'))`);
  await shot('light', 1280, 'light');
  await shot('dark', 1280, 'dark');
  await shot('phone', 400, 'light', 3200);
  await value(`document.getElementById('shake').open = true`);
  await shot('handshake', 1280, 'light', 1700);
  await value(`document.getElementById('shake').open = false`);
  await tabTo(`!!document.activeElement.closest('.frame')`);
  await press('ArrowRight', 'ArrowRight', 39);
  const explained = await value(`document.activeElement.closest('.frame').querySelector('.said').textContent`);
  const derived = await value(`document.getElementById('heads').textContent.includes('The server said the same')`);
  const wide = await value(`document.documentElement.scrollWidth <= innerWidth`);
  await value(`document.getElementById('close').focus()`);
  await enter();
  await until(`document.getElementById('ready').textContent === '3 CLOSED'`);
  const closed = await value(`document.querySelector('#events .close').textContent`);
  console.log(JSON.stringify({ focused, bytes, rows, explained, derived, closed, wide, trouble, asked }));
}
