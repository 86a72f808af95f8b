// The page of many drivers: areas, answers and options by driver; every cell leads to the page of its driver.

const { Columns, Areas, Answers, Options, LeftOut } = page.Drivers;
const older = Columns.filter(c => c.Older).length;

// in view are the places of the columns that are shown: the newest version of each driver, or all.
const inView = () => Columns.map((_, i) => i).filter(i => view().older || !Columns[i].Older);

const link = (column, state, ...children) => Columns[column].Page ? el('a', { href: Columns[column].Page + address(state) }, children) : el('span', {}, children);

// A board is a table, and on a narrow screen a list of its cells, each with the name of its column. The roles outlive the layout.
const board = (name, label, rows, full) => el('div', { class: 'sheet board', tabindex: 0, role: 'region', 'aria-label': name }, el('table', { role: 'table' },
  el('thead', { role: 'rowgroup' }, el('tr', { role: 'row' }, el('th', { scope: 'col', role: 'columnheader' }, label), inView().map(i => el('th', { scope: 'col', role: 'columnheader' }, link(i, {}, Columns[i].Title),
    full && el('span', { class: 'label' }, [Columns[i].Driver.Build, Columns[i].Driver.TLS].filter(Boolean).join(', ')))))),
  el('tbody', { role: 'rowgroup' }, rows)));

const row = (heading, cell) => el('tr', { role: 'row' }, el('th', { scope: 'row', role: 'rowheader' }, heading), inView().map(i => {
  const content = cell(i);
  return el('td', { role: 'cell', 'data-column': Columns[i].Title, class: !content && 'blank' }, content);
}));

const areas = () => board('Areas by drivers', 'Area', (Areas ?? []).map(r => row(r.Area, i => {
  const counts = page.Verdicts.filter(v => r.Cells[i]?.[v]).map(v => [v, r.Cells[i][v]]);
  return counts.length > 0 && el('div', { title: words(counts) }, link(i, { area: r.Area }, tallies(counts)));
})), true);

// An answer has the colour of its verdict, and none where there is no norm.
const marks = { yes: '✓', no: '✗', 'not in each mode': '≠', 'does not have it': '–' };
const answer = (a, i) => a.Says ? [
  link(i, { case: a.Case }, el('span', { class: 'sign', 'data-verdict': a.Says === 'not in each mode' || a.Verdict === 'characterised' ? 'none' : a.Verdict, 'aria-hidden': 'true' }, marks[a.Says]), ` ${a.Says}`),
  a.How && el('span', { class: 'how' }, a.How)] : a.How && el('span', { class: 'how' }, a.How);

const topics = [...new Set((Answers ?? []).map(a => a.Topic))];

const content = el('div', {});
const more = el('button', { type: 'button', id: 'older', hidden: !older, click: () => { location.hash = address({ older: view().older ? '' : 'shown' }); } });
document.body.append(masthead(), el('main', { class: 'wrap' }, el('h1', {}, 'Drivers'),
  el('p', { class: 'muted' }, `${Columns.length} drivers and versions, each against ${[...new Set(Columns.map(c => `${c.Backend.Name} ${c.Backend.Version ?? ''}`.trim()))].join(', ')}. Every cell leads to its evidence.`),
  (LeftOut ?? []).length > 0 && el('section', { class: 'sheet left' }, el('h2', {}, 'Left out'), el('ul', {}, LeftOut.map(t => el('li', {}, t)))),
  more, content,
  el('section', { id: 'words' }, el('h2', {}, 'In words'), el('ul', { class: 'sheet words' }, (Answers ?? []).map((a, i) =>
    el('li', {}, el('b', {}, a.Does), ` — ${page.InWords[i] || 'nobody was asked'}`)))),
  el('p', { id: 'found', class: 'label' }, `${Columns.length} drivers and versions`)));

function show() {
  more.textContent = view().older ? 'Hide older versions' : `Show ${older} older version${older === 1 ? '' : 's'}`;
  more.setAttribute('aria-expanded', String(Boolean(view().older)));
  renew(content,
    el('section', { id: 'areas' }, el('h2', {}, 'Areas'), areas()),
    topics.map(topic => el('section', {}, el('h2', {}, topic), board(`${topic} by drivers`, 'The driver …', Answers.filter(a => a.Topic === topic).map(r => row(r.Does, i => answer(r.Answers[i], i)))))),
    Options?.length > 0 && el('section', { id: 'options' }, el('h2', {}, 'Options and abilities that are lacking'), board('Options by drivers', 'Option', Options.map(o =>
      row(el('code', {}, o.Name), i => o.Instead[i] && link(i, {}, o.Instead[i]))))));
}

addEventListener('hashchange', show);
show();
