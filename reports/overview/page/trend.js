// The page of many runs: a plot of each line, and the cases that newly fail, flip or have become slower.

const svgOf = (tag, attributes, ...children) => {
  const e = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes ?? {})) if (value !== undefined) e.setAttribute(name, visible(value));
  return fill(e, ...children);
};

const when = r => (r.Started ?? '').slice(0, 16).replace('T', ' ');
const runName = r => when(r) || r.File;

// bars is a plot of the verdicts of each run, the unexpected ones at the bottom, with the days beneath.
function bars(l) {
  const order = ['violates', 'inconclusive', 'known', 'unsupported', 'not-run', 'characterised', 'conforms'];
  const totals = l.Runs.map(r => order.reduce((n, v) => n + (r.Verdicts[v] ?? 0), 0));
  const most = Math.max(1, ...totals), height = 160, width = Math.max(6, Math.min(48, Math.floor(1200 / l.Runs.length))), gap = 2;
  return svgOf('svg', { viewBox: `0 0 ${Math.max(200, l.Runs.length * width)} ${height + 18}`, class: 'plot', preserveAspectRatio: 'xMinYMax meet', role: 'img', 'aria-label': `verdicts of ${l.Runs.length} runs` },
    l.Runs.map((r, i) => {
      let y = height;
      return svgOf('g', {}, svgOf('title', {}, `${runName(r)}: ${order.filter(v => r.Verdicts[v]).map(v => `${r.Verdicts[v]} ${v}`).join(', ')}`),
        order.map(v => {
          const h = (r.Verdicts[v] ?? 0) / most * height;
          y -= h;
          return h > 0 && svgOf('rect', { x: i * width, y, width: width - gap, height: h, 'data-verdict': v });
        }),
        (i === 0 || i === l.Runs.length - 1 && l.Runs.length * width > 160) && svgOf('text', { x: i ? l.Runs.length * width : 0, y: height + 14, 'text-anchor': i ? 'end' : 'start' }, (r.Started ?? '').slice(0, 10)));
    }));
}

// curve is a plot of one number per run.
function curve(l, label, value) {
  const values = l.Runs.map(value), most = Math.max(1, ...values), height = 60, width = 600;
  const x = i => values.length < 2 ? width / 2 : 4 + i * (width - 8) / (values.length - 1), y = v => height - 4 - v / most * (height - 12);
  return el('figure', {}, el('figcaption', { class: 'label' }, `${label}, up to ${most} ms`),
    svgOf('svg', { viewBox: `0 0 ${width} ${height}`, class: 'plot curve', role: 'img', 'aria-label': `${label}: ${values.join(', ')}` },
      svgOf('polyline', { points: values.map((v, i) => `${x(i)},${y(v)}`).join(' ') }),
      values.map((v, i) => svgOf('circle', { cx: x(i), cy: y(v), r: 3 }, svgOf('title', {}, `${runName(l.Runs[i])}: ${v} ms`)))));
}

// strip is a case over the runs: a mark per verdict.
const strip = (l, c) => el('span', { class: 'strip' }, c.Points.map((p, i) => {
  const text = `${runName(l.Runs[i])}: ${p.Verdict ? `${p.Verdict}${p.Reason ? ` (${p.Reason})` : ''}, ${p.MS ?? 0} ms` : 'not run'}`;
  return el('span', { class: 'sign', 'data-verdict': p.Verdict, title: text, 'aria-label': text, role: 'img' }, p.Verdict ? signs[p.Verdict] : ' ');
}));

const cases = (l, title, list) => (list ?? []).length > 0 && el('details', { class: 'sheet cases', open: true }, el('summary', {}, el('h3', {}, title), el('span', { class: 'label' }, list.length)),
  el('ol', {}, list.map(c => el('li', {}, el('span', { class: 'mono' }, c.ID), strip(l, c), el('span', { class: 'muted' }, c.Why)))));

document.body.append(masthead(), el('main', { class: 'wrap' }, el('h1', {}, 'Trend'),
  page.Lines.map((l, i) => el('section', { class: 'line', 'aria-label': l.Driver },
    el('h2', {}, `${l.Driver} ${l.Version} against ${l.Backend.Name} ${l.Backend.Version ?? ''}`),
    el('p', { class: 'muted' }, page.Summaries[i]),
    el('div', { class: 'sheet plots' }, bars(l), el('div', { class: 'curves' }, curve(l, 'an attempt at the median', r => r.MedianMS), curve(l, 'the run', r => r.DurationMS))),
    cases(l, 'Newly failing', l.Failing), cases(l, 'Flaky', l.Flaky), cases(l, 'Slower', l.Slower))),
  el('p', { id: 'found', class: 'label' }, `${page.Lines.reduce((n, l) => n + l.Runs.length, 0)} runs`)));
