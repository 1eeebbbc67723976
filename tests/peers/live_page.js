// The page of `layercake live`: teacher and viewer, hover, click and keys; the last line is JSON of what is seen.
// node live_page.js TEACHER-URL VIEWER-URL [FOLDER for screenshots]
'use strict';
const [teacher, viewer, shots] = process.argv.slice(2);
require('./browser.js')(async ({ call, value, until, press, tabTo, shot, trouble, asked }) => {
  const what = `document.getElementById('what').textContent`;
  const lit = `[...document.querySelectorAll('.b.lit')].map((b) => b.textContent).join(' ')`;
  await call('Page.navigate', { url: teacher });
  await until(`document.querySelectorAll('.b').length > 10 && document.querySelectorAll('.row').length > 3`);
  const address = await value('location.href');
  await value(`document.querySelector('#row4').click()`);
  await until(`document.querySelector('#row4').getAttribute('aria-selected') === 'true'`);
  await until(`packet.number === 4`);
  await value(`document.querySelectorAll('.b')[0].dispatchEvent(new MouseEvent('mouseenter'))`);
  const hovered = [await value(what), await value(lit)];
  await value(`document.querySelectorAll('.b')[0].dispatchEvent(new MouseEvent('mouseleave'))`);
  await tabTo(`document.activeElement.getAttribute('role') === 'treeitem'`);
  await press('ArrowDown', 'ArrowDown', 40);
  const keyed = [await value(what), await value(lit)];
  await press('Enter', 'Enter', 13, '\r');
  const chosen = await value('choice');
  const bare = await value(`[...document.querySelectorAll('button, [role=listbox], [role=grid], [role=tree]')].filter((n) => !n.textContent && !n.getAttribute('aria-label')).length`);
  await shot('live', 1280, 'light', 900);
  await shot('live-dark', 1280, 'dark', 900);
  await value(`document.getElementById('ladder').click()`);
  await shot('live-ladder', 1280, 'light', 900);
  await shot('live-phone', 400, 'light', 900);
  const wide = await value('document.documentElement.scrollWidth <= innerWidth');
  await value(`sessionStorage.clear()`);
  await call('Page.navigate', { url: viewer });
  await until(`typeof packet !== 'undefined' && packet && packet.number === 4 && choice === ${chosen}`);
  const followed = await value(`document.getElementById('follow').getAttribute('aria-pressed')`);
  await value(`document.getElementById('before').click()`);
  await until(`packet.number === 3`);
  const free = await value(`document.getElementById('follow').getAttribute('aria-pressed')`);
  await value(`document.getElementById('follow').click()`);
  await until(`packet.number === 4`);
  return { address, hovered, keyed, bare, wide, followed, free, trouble, asked };
}, shots);
