// The page of `layercake class serve`, by keyboard alone. Lines `teacher: WORD` say what the teacher is to do; the last
// line is JSON of what is seen. node class_page.js URL CODE [FOLDER for screenshots]
'use strict';
const [url, code, shots] = process.argv.slice(2);
require('./browser.js')(async ({ call, value, until, press, enter, tabTo, active, shot, trouble, asked }) => {
  const teacher = (word) => console.log(`teacher: ${word}`);
  const type = async (text) => { for (const letter of text) await call('Input.dispatchKeyEvent', { type: 'char', text: letter }); };
  const space = () => press(' ', 'Space', 32, ' ');
  const status = `document.getElementById('status').textContent`;
  await call('Page.navigate', { url });
  await until(`document.readyState === 'complete'`);
  await until(active('code'));
  await shot('class-join', 400, 'light', 700);
  await type('aaaaaa');
  await enter();
  await until(`${status}.includes('not the code')`);
  const refused = await value(status);
  // A refused request is in the browser's log; it was meant.
  trouble.length = 0;
  await value(`document.getElementById('code').value = ''`);
  await type(code.toLowerCase());
  await enter();
  await until(`!document.getElementById('ask').hidden`);
  await shot('class-open-phone', 400, 'light', 1100);
  await shot('class-open', 1280, 'light', 1000);
  const unlabelled = await value(`[...document.querySelectorAll('input')].filter((input) => !input.labels.length).length`);
  await tabTo(`document.activeElement.name === 'answer'`);
  await press('ArrowDown', 'ArrowDown', 40); // from nothing, or a, to b
  if (await value(`document.querySelector('[name=answer]:checked').value`) !== 'b') await press('ArrowDown', 'ArrowDown', 40);
  await press('Tab', 'Tab', 9);
  await space();
  await press('ArrowUp', 'ArrowUp', 38); // round to 3
  await tabTo(active('send'));
  await enter();
  await until(`${status}.startsWith('Kept')`);
  const kept = await value(status);
  await until(`document.getElementById('count').textContent === '1 of 1 answered'`);
  const hidden = await value(`document.getElementById('board').hidden`);
  await shot('class-kept-dark', 400, 'dark', 1100);
  teacher('close');
  await until(`!document.getElementById('board').hidden`);
  const bars = await value(`document.querySelectorAll('#bars li').length`);
  const early = await value(`document.querySelectorAll('#bars .right').length`);
  teacher('again');
  await until(`document.getElementById('place').textContent.includes('second vote')`);
  await tabTo(`document.activeElement.name === 'answer'`);
  await space();
  await tabTo(`document.activeElement.name === 'sure'`);
  await space();
  await tabTo(active('send'));
  await enter();
  await until(`${status}.startsWith('Kept')`);
  teacher('picture');
  await until(`!document.getElementById('picture').hidden`);
  teacher('reveal');
  await until(`document.querySelectorAll('#bars .right').length > 0`);
  const right = early + await value(`document.querySelectorAll('#bars .right').length`);
  const picture = await value(`document.getElementById('lines').textContent.split('\\n').length`);
  await shot('class-revealed', 1280, 'light', 1700);
  await shot('class-revealed-dark', 1280, 'dark', 1700);
  await shot('class-revealed-phone', 400, 'light', 2300);
  const wide = await value(`document.documentElement.scrollWidth <= innerWidth`);
  return { refused, kept, hidden, bars, right, picture, unlabelled, wide, trouble, asked };
}, shots);
