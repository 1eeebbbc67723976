// The page of `layercake sio serve` with the official browser client, by keyboard alone; prints JSON of what is seen.
// node sio_page.js URL [FOLDER for screenshots]
'use strict';
const [url, shots] = process.argv.slice(2);
require('./browser.js')(async ({ call, value, until, tabTo, active, enter, shot, trouble, asked }) => {
  await call('Page.navigate', { url });
  const state = `document.getElementById('state').textContent`;
  await until(`document.getElementById('state') && ${state}.includes('over a WebSocket')`);
  await tabTo(active('input'));
  for (const text of ['Hello', '<b>not bold</b>']) {
    await call('Input.insertText', { text });
    await enter();
  }
  await until(`document.querySelectorAll('#messages li').length >= 2`);
  await shot('sio', 1280, 'light', 700);
  await shot('sio-phone', 390, 'dark', 700);
  const said = await value(`[...document.querySelectorAll('#messages li')].map((line) => line.textContent)`);
  return { state: await value(state), said, bold: await value(`document.querySelectorAll('#messages b').length`), trouble, asked };
}, shots);
