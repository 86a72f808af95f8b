// What every page shares: elements, verdicts, links that hold the view, arrow keys, the theme.
// Text of a report enters the document through el, and so as text nodes and attributes that mean nothing.

const signs = { conforms: '✓', violates: '✗', known: '!', unsupported: '–', 'not-run': '○', inconclusive: '?', characterised: '•' };

// visible writes out characters that would make a reader see another text than there is.
const hidden = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/g;
const visible = text => String(text).replace(hidden, c => {
  const code = c.charCodeAt(0).toString(16);
  return code.length > 2 ? '\\u' + code.padStart(4, '0') : '\\x' + code.padStart(2, '0');
});

// el makes an element. Functions among the attributes are listeners; nothing, false and '' among the children are left out.
function el(tag, attributes, ...children) {
  const e = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (typeof value === 'function') e.addEventListener(name, value);
    else if (name !== 'href') e.setAttribute(name, value === true ? '' : visible(value));
    else if (/^(#|https:\/\/|(\.\.\/)*([\w.+%~-]+\/)*[\w.+%~-]+\.html(#|$))/.test(value)) e.setAttribute(name, value);
  }
  return fill(e, ...children);
}

function fill(e, ...children) {
  for (const child of children.flat(Infinity)) {
    if (child instanceof Node) e.append(child);
    else if (child !== undefined && child !== null && child !== false && child !== '') e.append(visible(child));
  }
  return e;
}

// renew puts new children into a place; the element with the focus keeps it, if one of the same data-key is among them.
function renew(place, ...children) {
  const key = place.contains(document.activeElement) && document.activeElement.dataset.key;
  place.replaceChildren();
  fill(place, ...children);
  if (key) place.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus({ preventScroll: true });
}

// linked is a text whose https addresses can be followed.
const linked = text => String(text ?? '').split(/(https:\/\/[^\s"'<>)]+)/).map((part, i) =>
  i % 2 ? el('a', { href: part, rel: 'noreferrer noopener', target: '_blank' }, part) : part);

// quoted is a text whose parts in backticks are code.
const quoted = text => text.split('`').map((part, i) => i % 2 ? el('code', {}, part) : part);

const sign = verdict => el('span', { class: 'sign', 'data-verdict': verdict, 'aria-hidden': 'true' }, signs[verdict] ?? verdict);

// count says how often each verdict occurs, in the order of verdicts.
function count(cases) {
  const n = new Map(page.Verdicts.map(v => [v, 0]));
  for (const c of cases) n.set(c.Verdict, (n.get(c.Verdict) ?? 0) + 1);
  return [...n].filter(([, times]) => times > 0);
}

const words = counts => counts.map(([verdict, n]) => `${n} ${verdict}`).join(', ');

const tallies = counts => counts.map(([verdict, n]) => [el('span', { class: 'tally', 'data-verdict': verdict }, n,
  el('i', { 'aria-hidden': 'true' }, signs[verdict] ?? '?'), el('span', { class: 'unseen' }, ` ${verdict}`)), ' ']);

function bar(counts) {
  return el('span', { class: 'bar', 'aria-hidden': 'true' }, counts.map(([verdict, n]) => {
    const part = el('span', { 'data-verdict': verdict });
    part.style.flexGrow = n;
    return part;
  }));
}

// command is a line to run, with a button that copies it.
function command(text) {
  const button = el('button', { type: 'button', click: async () => {
    try {
      await navigator.clipboard.writeText(text);
    } catch { // no permission, as for a file in some browsers
      getSelection().selectAllChildren(code);
      document.execCommand('copy');
    }
    button.textContent = 'Copied';
    setTimeout(() => { button.textContent = 'Copy'; }, 1500);
  } }, 'Copy');
  const code = el('code', {}, text);
  return el('div', { class: 'command' }, code, button);
}

// The view is in the fragment of the address, so a link reproduces it and the back button works.
const view = () => Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
const address = state => '#' + new URLSearchParams(Object.entries(state).filter(([, value]) => value)).toString()
  .replaceAll('%2F', '/').replaceAll('%40', '@').replaceAll('%2C', ',');

// roam lets the arrow keys move among the links of a place. Its rows carry data-row, their links data-col; the place is one
// stop of the tab key.
function roam(place) {
  const rows = () => [...place.querySelectorAll('[data-row]')].map(row => [...row.querySelectorAll('[data-col]')]).filter(row => row.length);
  const stop = link => {
    for (const other of place.querySelectorAll('[data-col][tabindex="0"]')) other.tabIndex = -1;
    if (link) link.tabIndex = 0;
  };
  let column, vertical = false; // moving up and down keeps the column, also past rows that lack it
  place.addEventListener('focusin', event => {
    if (!event.target.dataset.col) return;
    stop(event.target);
    if (!vertical) column = event.target.dataset.col;
  });
  place.addEventListener('keydown', event => {
    const from = event.target;
    if (!from.dataset.col || event.altKey || event.ctrlKey || event.metaKey) return;
    const all = rows();
    const row = all.findIndex(r => r.includes(from));
    const near = r => r?.reduce((best, link) => Math.abs(link.dataset.col - column) < Math.abs(best.dataset.col - column) ? link : best);
    const at = all[row].indexOf(from);
    const to = { ArrowUp: () => near(all[row - 1]), ArrowDown: () => near(all[row + 1]), ArrowLeft: () => all[row][at - 1],
      ArrowRight: () => all[row][at + 1], Home: () => near(all[0]), End: () => near(all.at(-1)) }[event.key];
    if (!to) return;
    event.preventDefault();
    vertical = !event.key.endsWith('Left') && !event.key.endsWith('Right');
    to()?.focus();
    vertical = false;
  });
  return () => stop(place.querySelector('[data-key]:focus') ?? place.querySelector('[data-col]'));
}

// themeSwitch goes from the system's theme to light, to dark, and back. The choice is kept where the browser allows it.
function themeSwitch() {
  const themes = ['auto', 'light', 'dark'];
  const kept = () => { try { return localStorage.getItem('mongotls-theme'); } catch { return null; } };
  const button = el('button', { type: 'button', class: 'quiet screen', id: 'theme', click: () => apply(themes[(themes.indexOf(now) + 1) % 3]) });
  let now;
  const apply = theme => {
    now = themes.includes(theme) ? theme : 'auto';
    document.documentElement.dataset.theme = now;
    button.textContent = `Theme: ${now}`;
    try { localStorage.setItem('mongotls-theme', now); } catch { /* for this view only */ }
  };
  apply(kept());
  return button;
}

const masthead = (...more) => el('header', { class: 'masthead wrap' }, el('a', { class: 'name', href: '#' }, 'mongotls'), more, el('span', { class: 'spring' }), themeSwitch());

// What the page shows, as the program wrote it: gzip in base64.
async function load() {
  const bytes = Uint8Array.from(atob(document.getElementById('data').textContent.trim()), c => c.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))).json();
}

const page = await load().catch(error => {
  document.body.append(el('p', { class: 'wrap' }, `This page cannot be shown, perhaps for want of a newer browser: ${error.message}`));
  throw error;
});
