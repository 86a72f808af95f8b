/* The plots are drawn by uPlot, which stands above.

The MIT License (MIT)

Copyright (c) 2022 Leon Sorokin

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in
all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN
THE SOFTWARE.
*/

// The page of many runs: for each driver its versions side by side, with plots of the same axes, and the cases that newly fail, flip or
// have become slower.

const { Lines, LeftOut } = page.Trend;
const lines = (Lines ?? []).map((l, i) => ({ ...l, summary: page.Summaries[i] }));

const when = r => (r.Started ?? '').slice(0, 16).replace('T', ' ');
const runName = r => when(r) || r.File;
const runLink = (r, state, ...children) => r.Page ? el('a', { href: r.Page + address(state) }, children) : el('span', {}, children);

// colour is what a custom property comes to in the theme of now: a canvas knows no style.
const probe = el('span', { hidden: true });
const colour = name => {
  probe.style.color = `var(--${name})`;
  return getComputedStyle(probe).color;
};

const integer = v => Number.isInteger(v) ? String(v) : '';
// dated is a second since 1970 as the day or, within two days, as the time of day.
const dated = (at, span) => new Date(at * 1000).toISOString().slice(...span > 2 * 86400 ? [0, 10] : [11, 16]);

const plots = [];

// plot draws series of a line over its runs. Plots of one driver have the same axes, so that they can be compared.
function plot(l, title, unit, series, axes) {
  const place = el('div', { class: 'plot', role: 'img', 'aria-label': `${title}: ${l.Runs.map(r => `${runName(r)} ${series.map(s => `${s.value(r)} ${s.label ?? unit}`).join(', ')}`).join('; ')}` });
  const label = el('figcaption', { class: 'label' }, title, series.length > 1 && [': ', series.map(s => [el('span', { class: 'key', 'data-verdict': s.tone }, s.label), ' '])]);
  const x = axes.times ? l.Runs.map(r => Date.parse(r.Started) / 1000) : l.Runs.map((_, i) => i + 1);
  const axis = { stroke: () => colour('muted'), grid: { stroke: () => colour('line'), width: 1 }, ticks: { stroke: () => colour('line'), width: 1, size: 4 }, font: '11px system-ui, sans-serif' };
  const options = width => ({
    width, height: 150, legend: { show: false }, cursor: { drag: { x: false, y: false } },
    scales: { x: { time: axes.times, range: () => axes.x }, y: { range: () => [0, axes.y(series)] } },
    tzDate: at => uPlot.tzDate(new Date(at * 1000), 'Etc/UTC'),
    axes: [{ ...axis, size: 28, space: 84, values: (_, at) => at.map(axes.times ? v => dated(v, axes.x[1] - axes.x[0]) : integer) }, { ...axis, size: 44, space: 28, values: (_, at) => at.map(integer) }],
    series: [{}, ...series.map(s => ({ label: s.label ?? title, stroke: () => colour(s.tone), width: 1.5, points: { show: true, size: 5, fill: () => colour(s.tone) } }))],
  });
  plots.push({ place, draw: () => new uPlot(options(Math.max(220, place.clientWidth)), [x, ...series.map(s => l.Runs.map(s.value))], place) });
  return el('figure', {}, label, place);
}

const unexpected = ['violates', 'inconclusive', 'known'].map(v => ({ label: v, tone: v, value: r => r.Verdicts[v] ?? 0 }));
const attempt = [{ tone: 'accent', value: r => r.MedianMS }];
const whole = [{ tone: 'accent', value: r => Math.round(r.DurationMS / 100) / 10 }];

// axesOf are the axes that all lines of a driver share.
function axesOf(all) {
  const runs = all.flatMap(l => l.Runs);
  const times = runs.every(r => Number.isFinite(Date.parse(r.Started)));
  const at = times ? runs.map(r => Date.parse(r.Started) / 1000) : [1, ...all.map(l => l.Runs.length)];
  const [from, to] = [Math.min(...at), Math.max(...at)];
  const pad = Math.max((to - from) * 0.04, times ? 3600 : 0.5);
  return { times, x: [from - pad, to + pad], y: series => Math.max(4, ...runs.flatMap(r => series.map(s => s.value(r)))) * 1.1 };
}

const runs = l => el('details', { class: 'runs' }, el('summary', { class: 'label' }, `${l.Runs.length} run${l.Runs.length === 1 ? '' : 's'}`),
  el('ol', {}, [...l.Runs].reverse().map(r => el('li', {}, runLink(r, {}, runName(r)), ' ', el('span', { class: 'muted' }, tallies(page.Verdicts.filter(v => r.Verdicts[v]).map(v => [v, r.Verdicts[v]])), r.Interrupted && 'interrupted')))));

// strip is a case over the runs: a mark per verdict, which leads to its evidence.
const strip = (l, c) => el('span', { class: 'strip' }, c.Points.map((p, i) => {
  const text = `${runName(l.Runs[i])}: ${p.Verdict ? `${p.Verdict}${p.Reason ? ` (${p.Reason})` : ''}, ${p.MS ?? 0} ms` : 'does not have it'}`;
  const mark = el('span', { class: 'sign', 'data-verdict': p.Verdict, title: text, 'aria-label': text, role: 'img' }, p.Verdict ? signs[p.Verdict] : ' ');
  return p.Verdict ? runLink(l.Runs[i], { case: c.ID }, mark) : mark;
}));

const cases = (l, title, list) => (list ?? []).length > 0 && el('details', { class: 'cases', open: true }, el('summary', {}, el('h4', {}, title), el('span', { class: 'label' }, list.length)),
  el('ol', {}, list.map(c => el('li', {}, el('span', { class: 'mono' }, c.ID), strip(l, c), el('span', { class: 'muted' }, c.Why)))));

const multiple = (l, axes) => el('article', { class: 'sheet line', 'aria-label': l.summary },
  el('h3', {}, `${l.Driver} ${l.Version}`, el('span', { class: 'muted' }, ` against ${l.Backend.Name} ${l.Backend.Version ?? ''}`)),
  el('p', { class: 'muted' }, l.summary.slice(l.summary.indexOf(': ') + 2)),
  plot(l, 'Cases', 'cases', unexpected, axes), plot(l, 'Attempt at the median, in ms', 'ms', attempt, axes), plot(l, 'Whole run, in s', 's', whole, axes),
  runs(l), cases(l, 'Newly failing', l.Failing), cases(l, 'Flaky', l.Flaky), cases(l, 'Slower', l.Slower));

const drivers = [...new Set(lines.map(l => l.Driver))];
document.body.append(masthead(), el('main', { class: 'wrap' }, el('h1', {}, 'Trend'),
  (LeftOut ?? []).length > 0 && el('section', { class: 'sheet left' }, el('h2', {}, 'Left out'), el('ul', {}, LeftOut.map(t => el('li', {}, t)))),
  drivers.map(d => {
    const all = lines.filter(l => l.Driver === d);
    const axes = axesOf(all);
    return el('section', { 'aria-label': d }, el('h2', {}, d), el('div', { class: 'multiples' }, all.map(l => multiple(l, axes))));
  }),
  el('p', { id: 'found', class: 'label' }, `${lines.reduce((n, l) => n + l.Runs.length, 0)} runs`)), probe);

for (const p of plots) p.drawn = p.draw();
const again = () => { for (const p of plots) p.drawn.redraw(); };
addEventListener('resize', () => { for (const p of plots) p.drawn.setSize({ width: Math.max(220, p.place.clientWidth), height: 150 }); });
document.getElementById('theme').addEventListener('click', again);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', again);
