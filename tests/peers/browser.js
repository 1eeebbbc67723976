// Headless Chromium over CDP, for the pages that we serve: `browse(async (page) => …)`; NODE_PATH has `ws`.
// What the work gives is printed as JSON; an error or a browser without answer ends with exit code 1.
'use strict';
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const WebSocket = require('ws');

module.exports = (work, shots) => {
  const profile = fs.mkdtempSync(path.join(os.tmpdir(), 'layercake-page-'));
  const browser = spawn('chromium', ['--headless=new', '--no-sandbox', '--disable-gpu', '--no-first-run', '--remote-debugging-port=0',
    `--user-data-dir=${profile}`, 'about:blank'], { stdio: ['ignore', 'ignore', 'pipe'] });
  const over = (code) => {
    browser.on('exit', () => {
      // Chromium's other processes may still be writing there; a folder left behind says nothing about the page.
      try { fs.rmSync(profile, { recursive: true, force: true, maxRetries: 10 }); } catch (error) { console.error(`left behind: ${error.path}`); }
      process.exit(code);
    });
    browser.kill('SIGKILL');
    setTimeout(() => process.exit(code), 3000).unref();
  };
  setTimeout(() => { console.error('the browser took too long'); over(1); }, 50000).unref();
  let said = '';
  browser.stderr.on('data', (data) => {
    said += data;
    const found = said.match(/ws:\/\/127\.0\.0\.1:(\d+)\/devtools/);
    if (!found) return;
    browser.stderr.removeAllListeners('data');
    browser.stderr.resume();
    open(found[1], shots).then(work).then((seen) => { console.log(JSON.stringify(seen)); over(0); }).catch((error) => { console.error(error); over(1); });
  });
};

/** The first tab, with what a test does to it. */
async function open(port, shots) {
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
  return { call, value, until, press, tab, enter, tabTo, active, shot, trouble, asked };
}
