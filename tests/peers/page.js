// The page of `layercake ws serve`, by keyboard alone; prints JSON of what is seen. node page.js URL [FOLDER for screenshots]
'use strict';
const [url, shots] = process.argv.slice(2);
require('./browser.js')(async ({ call, value, until, press, enter, tabTo, active, shot, trouble, asked }) => {
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
  return { focused, bytes, rows, explained, derived, closed, wide, trouble, asked };
}, shots);
