/* The linked panels of a Resynapse report: one time axis, one cursor, one person selector. Data stand in #data. */
(function () {
  "use strict";
  const data = JSON.parse(document.getElementById("data").textContent);
  const INK = "#1d2733", QUIET = "#5d6875", RULE = "#e4e8ec", REST = "#8b95a1";
  const FONT = '11px "Helvetica Neue", Helvetica, Arial, "Liberation Sans", sans-serif';
  const times = data.times, first = times[0], last = times[times.length - 1];
  const HEIGHT = 168, WIDE = 620, SOFT = 0.25;
  const charts = [], hidden = {};
  let person = null, compressed = !data.repeated && last > 48, span = null;

  /* time in words, and the compressed axis: linear in the first minutes, logarithmic later */
  const place = t => compressed ? Math.sign(t) * Math.log1p(Math.abs(t) / SOFT) : t;
  const unplace = x => compressed ? Math.sign(x) * SOFT * Math.expm1(Math.abs(x)) : x;
  const short = v => String(+v.toPrecision(3));
  function clock(t) {
    const a = Math.abs(t);
    if (a < 1e-6) return "0";
    if (a < 1.95 && Math.abs(a - Math.round(a)) > 0.01) return Math.round(t * 60) + " min";
    if (a < 47.9) return short(t) + " h";
    return short(t / 24) + " d";
  }
  function number(v, scale = 0) {
    if (v === null || v === undefined || !isFinite(v)) return "–";
    if (v !== 0 && Math.abs(v) < 1e-5 * scale) return "≈ 0";
    const text = Math.abs(v) >= 1e5 || (v !== 0 && Math.abs(v) < 1e-4) ? v.toExponential(1) : short(v);
    return text.replace("-", "−");
  }

  const STEPS = [1 / 12, 1 / 6, 0.25, 0.5, 1, 2, 3, 6, 12, 24, 48, 96, 168, 336, 672, 1344, 2688, 8736];
  const MARKS = [0, 0.25, 0.5, 1, 2, 4, 8, 24, 48, 96, 168, 336, 672, 1344, 2688, 8736];
  function splits(u, axis, low, high) {
    if (!compressed) {
      const room = Math.max(2, u.bbox.width / devicePixelRatio / 64);
      const step = STEPS.find(s => (high - low) / s <= room) || 8736 * Math.ceil((high - low) / 8736 / room);
      const made = [];
      for (let t = Math.ceil(low / step - 1e-9) * step; t <= high + 1e-9; t += step) made.push(t);
      return made;
    }
    const gap = 46 * (high - low) / (u.bbox.width / devicePixelRatio), kept = [];
    if (unplace(high) - unplace(low) < 1) {
      const step = STEPS.find(s => (unplace(high) - unplace(low)) / s <= 8) || 1;
      for (let t = Math.ceil(unplace(low) / step) * step; t <= unplace(high); t += step) kept.push(place(t));
      return kept;
    }
    for (const t of MARKS.map(place)) if (t >= low - 1e-9 && t <= high + 1e-9 && (!kept.length || t - kept[kept.length - 1] >= gap)) kept.push(t);
    return kept;
  }

  const lineOf = curve => person === null ? curve.typical : curve.all[person];
  const isHidden = (key, i) => Boolean(hidden[key] && hidden[key].has(i));

  function trace(u, values, color, width, alpha) {
    const ctx = u.ctx, x = u.data[0];
    ctx.beginPath();
    let open = false;
    for (let i = 0; i < x.length; i++) {
      if (values[i] === null) { open = false; continue; }
      const a = u.valToPos(x[i], "x", true), b = u.valToPos(values[i], "y", true);
      if (open) ctx.lineTo(a, b); else ctx.moveTo(a, b);
      open = true;
    }
    ctx.globalAlpha = alpha; ctx.strokeStyle = color; ctx.lineWidth = width * devicePixelRatio; ctx.stroke(); ctx.globalAlpha = 1;
  }

  /* the middle of all draws */
  function between(u, low, high, color, alpha) {
    const ctx = u.ctx, x = u.data[0];
    ctx.beginPath();
    for (let i = 0; i < x.length; i++) ctx.lineTo(u.valToPos(x[i], "x", true), u.valToPos(low[i], "y", true));
    for (let i = x.length - 1; i >= 0; i--) ctx.lineTo(u.valToPos(x[i], "x", true), u.valToPos(high[i], "y", true));
    ctx.globalAlpha = alpha; ctx.fillStyle = color; ctx.fill(); ctx.globalAlpha = 1;
  }

  /* below the curves: the time under drug, healthy rest, the middle of draws, the other people */
  function under(u, key, panel) {
    const ctx = u.ctx, box = u.bbox;
    ctx.save();
    ctx.beginPath(); ctx.rect(box.left, box.top, box.width, box.height); ctx.clip();
    for (const dose of data.doses) {
      const a = u.valToPos(place(dose.t), "x", true), b = u.valToPos(place(dose.t + dose.d), "x", true);
      ctx.fillStyle = "rgba(93,104,117,.11)";
      ctx.fillRect(a, box.top, Math.max(b - a, devicePixelRatio), box.height);
    }
    ctx.setLineDash([4, 3].map(v => v * devicePixelRatio));
    for (const rest of new Set(panel.curves.filter((c, i) => !isHidden(key, i)).map(c => c.rest))) if (rest !== null) {
      const y = u.valToPos(rest, "y", true);
      ctx.strokeStyle = REST; ctx.lineWidth = devicePixelRatio;
      ctx.beginPath(); ctx.moveTo(box.left, y); ctx.lineTo(box.left + box.width, y); ctx.stroke();
    }
    ctx.setLineDash([]);
    if (person === null) panel.curves.forEach((curve, i) => {
      if (isHidden(key, i) || !curve.bands.length) return;
      between(u, curve.bands[0], curve.bands[3], curve.color, 0.13);
      between(u, curve.bands[1], curve.bands[2], curve.color, 0.2);
    });
    panel.curves.forEach((curve, i) => {
      if (isHidden(key, i) || !curve.crowd) return;
      for (const values of curve.all) trace(u, values, curve.color, 0.7, 0.26);
      if (person !== null) trace(u, curve.typical, curve.color, 1.2, 0.6);
    });
    ctx.restore();
  }

  /* above the curves: doses, published points, names beside the curves */
  function over(u, key, panel) {
    const ctx = u.ctx, box = u.bbox, r = devicePixelRatio;
    ctx.save();
    ctx.setLineDash([]);
    ctx.fillStyle = INK;
    for (const dose of data.doses) {
      const x = u.valToPos(place(dose.t), "x", true), y = box.top - 2 * r;
      if (x < box.left - 1 || x > box.left + box.width + 1) continue;
      ctx.beginPath(); ctx.moveTo(x - 4 * r, y - 7 * r); ctx.lineTo(x + 4 * r, y - 7 * r); ctx.lineTo(x, y); ctx.fill();
    }
    for (const point of panel.points) if (!isHidden(key, point.curve)) mark(u, point, panel.curves[point.curve].color);
    if (panel.curves.length > 1 && u.over.clientWidth >= WIDE * 0.7) names(u, key, panel);
    ctx.restore();
  }

  function mark(u, point, color) {
    const ctx = u.ctx, r = devicePixelRatio, box = u.bbox;
    const x = u.valToPos(place(point.t), "x", true), y = u.valToPos(point.v, "y", true);
    if (x < box.left - 1 || x > box.left + box.width + 1) return;
    const unlike = point.verdict === "not_comparable", contested = point.verdict === "contested";
    if (unlike || contested) color = data.openColor;
    const bar = ends => {
      const [a, b] = ends.map(v => u.valToPos(v, "y", true));
      ctx.beginPath(); ctx.moveTo(x, a); ctx.lineTo(x, b); ctx.stroke();
    };
    ctx.strokeStyle = color;
    if (point.accepted) { ctx.lineWidth = 5 * r; ctx.globalAlpha = 0.2; bar(point.accepted); ctx.globalAlpha = 1; }
    ctx.lineWidth = 1.3 * r;
    if (point.ends) bar(point.ends);
    ctx.beginPath();
    if (unlike) {
      const a = 3.4 * r;
      ctx.moveTo(x - a, y - a); ctx.lineTo(x + a, y + a); ctx.moveTo(x - a, y + a); ctx.lineTo(x + a, y - a);
      ctx.lineWidth = 1.7 * r; ctx.stroke();
      return;
    }
    if (contested) {
      ctx.arc(x, y, 4 * r, 0, 7); ctx.fillStyle = "#fff"; ctx.fill(); ctx.stroke();
      ctx.beginPath(); ctx.arc(x, y, 4 * r, Math.PI / 2, 1.5 * Math.PI); ctx.fillStyle = color; ctx.fill();
      return;
    }
    if (point.square) ctx.rect(x - 3.6 * r, y - 3.6 * r, 7.2 * r, 7.2 * r); else ctx.arc(x, y, 4 * r, 0, 7);
    ctx.fillStyle = point.hollow ? "#fff" : color; ctx.fill();
    ctx.strokeStyle = point.hollow ? color : "#fff"; ctx.stroke();
    if (!point.miss) return;
    ctx.strokeStyle = data.missColor; ctx.fillStyle = data.missColor; ctx.lineWidth = 1.6 * r;
    ctx.beginPath(); ctx.arc(x, y, 8 * r, 0, 7); ctx.stroke();
    const right = x > box.left + 0.93 * box.width;
    ctx.font = FONT.replace("11px", 11 * r + "px"); ctx.textAlign = right ? "right" : "left"; ctx.textBaseline = "middle";
    ctx.fillText("miss", x + (right ? -11 : 11) * r, y - 7 * r);
  }

  function names(u, key, panel) {
    const ctx = u.ctx, r = devicePixelRatio, box = u.bbox, gap = 13 * r, found = [];
    const edge = u.scales.x.max;
    panel.curves.forEach((curve, i) => {
      if (isHidden(key, i)) return;
      const values = lineOf(curve);
      let k = u.data[0].length - 1;
      while (k >= 0 && (u.data[0][k] > edge + 1e-9 || values[k] === null)) k--;
      if (k >= 0) found.push({ curve, i, y: u.valToPos(values[k], "y", true) });
    });
    found.sort((a, b) => Math.round((a.y - b.y) / (4 * r)) || a.i - b.i);
    let top = box.top + 4 * r;
    for (const f of found) { f.at = Math.max(f.y, top); top = f.at + gap; }
    let floor = box.top + box.height - 3 * r;
    for (const f of found.slice().reverse()) { f.at = Math.min(f.at, floor); floor = f.at - gap; }
    ctx.font = FONT.replace("11px", 11 * r + "px"); ctx.textBaseline = "middle"; ctx.textAlign = "left"; ctx.lineWidth = r;
    const x = box.left + box.width;
    for (const f of found) {
      ctx.strokeStyle = ctx.fillStyle = f.curve.color;
      ctx.beginPath(); ctx.moveTo(x + 2 * r, f.y); ctx.lineTo(x + 9 * r, f.at); ctx.lineTo(x + 13 * r, f.at); ctx.stroke();
      ctx.fillText(fitted(ctx, f.curve.label, 130 * r), x + 16 * r, f.at);
    }
  }

  function fitted(ctx, text, width) {
    if (ctx.measureText(text).width <= width) return text;
    let cut = text.length;
    while (cut > 3 && ctx.measureText(text.slice(0, cut) + "…").width > width) cut--;
    return text.slice(0, cut) + "…";
  }

  function series(panel) {
    return [{}, ...panel.curves.map(c => ({
      label: c.label, stroke: c.color, width: 2, dash: c.dash.map(d => d * 1.2), spanGaps: false, points: { show: false },
    }))];
  }
  const columns = panel => [times.map(place), ...panel.curves.map(lineOf)];

  function options(host, key, panel) {
    const width = host.clientWidth, roomy = width >= WIDE;
    const tick = { stroke: QUIET, font: FONT, ticks: { stroke: RULE, size: 4 } };
    return {
      width, height: HEIGHT, pxAlign: 0, padding: [14, roomy ? 150 : 10, 0, 0], legend: { show: false }, series: series(panel),
      scales: { x: { time: false, auto: false, range: () => range() }, y: { auto: false, range: () => [panel.low, panel.high] } },
      axes: [
        { ...tick, grid: { show: false }, size: 26, gap: 4, splits, values: (u, all) => all.map(x => clock(unplace(x))) },
        { ...tick, grid: { stroke: RULE, width: 1 }, size: 46, gap: 5, space: 26, values: (u, all) => all.map(v => number(v)) },
      ],
      cursor: {
        sync: { key: "resynapse", setSeries: false, scales: ["x", null] }, y: false,
        drag: { x: true, y: false, setScale: false }, bind: { dblclick: () => () => zoom("all") },
        points: { size: 6 },
      },
      hooks: {
        drawAxes: [u => under(u, key, panel)], draw: [u => over(u, key, panel)],
        setSelect: [u => selected(u)], setCursor: [u => pointed(u, key, panel)],
      },
    };
  }

  const range = () => span ? span.map(place) : [place(first), place(last)];

  let selecting = false;
  function selected(u) {
    if (u.select.width < 4 || selecting) return;
    selecting = true;
    setTimeout(() => { selecting = false; });
    const ends = [u.select.left, u.select.left + u.select.width].map(x => unplace(u.posToVal(x, "x")));
    for (const c of charts) c.u.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
    show([Math.max(first, ends[0]), Math.min(last, ends[1])], compressed, null);
  }

  function pointed(u, key, panel) {
    const index = u.cursor.idx, figure = document.getElementById("panel-" + key);
    panel.curves.forEach((curve, i) => {
      const out = figure.querySelector(`output[data-value="${i}"]`);
      out.textContent = index === null || index === undefined ? "" : number(lineOf(curve)[index], panel.high);
    });
    if (index !== null && index !== undefined) { at = index; readout(times[index]); }
    if (u.cursor.event) near(u, panel);
  }

  function readout(t) { document.getElementById("clock").textContent = t < 0 ? clock(-t) + " before the first dose" : clock(t) + " after the first dose begins"; }

  /* a published point under the pointer tells its study */
  const box = document.getElementById("tip-box");
  function near(u, panel) {
    const { left, top } = u.cursor;
    const hit = left < 0 ? undefined : panel.points.find(p =>
      Math.hypot(u.valToPos(place(p.t), "x") - left, u.valToPos(p.v, "y") - top) < 9);
    const dose = left < 0 || hit ? undefined : data.doses.find(d => Math.abs(u.valToPos(place(d.t), "x") - left) < 5 && top < 14);
    box.hidden = !hit && !dose;
    if (box.hidden) return;
    box.textContent = hit ? hit.text : dose.text;
    const at = u.over.getBoundingClientRect();
    box.style.left = Math.max(8, Math.min(at.left + left + 14, innerWidth - 268)) + "px";
    box.style.top = at.top + top + 16 + "px";
  }

  function draw(host) {
    const key = host.dataset.panel, panel = data.panels[key];
    if (!host.clientWidth || charts.some(c => c.host === host)) return;
    const u = new uPlot(options(host, key, panel), columns(panel), host);
    charts.push({ u, host, key, panel });
    host.addEventListener("keydown", event => stepped(event, u));
    host.addEventListener("mouseleave", () => { box.hidden = true; });
  }

  /* arrow keys move the shared cursor, plus and minus zoom around it */
  let at = null;
  function stepped(event, u) {
    const x = u.data[0], shown = x.map((v, i) => i).filter(i => x[i] >= u.scales.x.min - 1e-9 && x[i] <= u.scales.x.max + 1e-9);
    const low = shown[0], high = shown[shown.length - 1], here = at === null ? low : Math.min(high, Math.max(low, at));
    const jump = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -1e9, End: 1e9 }[event.key];
    if (jump !== undefined) {
      at = Math.min(high, Math.max(low, here + jump));
      for (const c of charts) c.u.setCursor({ left: c.u.valToPos(x[at], "x"), top: 20 }, true, false);
    } else if (event.key === "+" || event.key === "-") {
      const [a, b] = range(), by = event.key === "+" ? 0.5 : 2;
      show([Math.max(first, unplace(x[here] - (x[here] - a) * by)), Math.min(last, unplace(x[here] + (b - x[here]) * by))], compressed, null);
    } else return;
    event.preventDefault();
  }

  function refresh() { for (const c of charts) { c.u.setData(columns(c.panel), false); c.u.setScale("x", { min: range()[0], max: range()[1] }); } }

  function show(ends, squeezed, button) {
    span = ends; compressed = squeezed;
    document.getElementById("squeezed").hidden = !squeezed;
    for (const b of document.querySelectorAll("[data-zoom]")) b.setAttribute("aria-pressed", String(b.dataset.zoom === button));
    refresh();
  }

  function zoom(word) {
    if (word === "compressed") show(null, true, word);
    else if (word === "all") show(null, false, word);
    else show([Math.max(first, -0.05 * word), Math.min(last, Number(word))], false, word);
  }

  function toggled(button) {
    const key = button.dataset.panel, i = Number(button.dataset.curve), on = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(on));
    (hidden[key] = hidden[key] || new Set())[on ? "delete" : "add"](i);
    const chart = charts.find(c => c.key === key);
    if (chart) chart.u.setSeries(i + 1, { show: on });
  }

  function chosen(select) {
    person = select.value === "" ? null : Number(select.value);
    refresh();
  }

  function fit() {
    for (const c of charts) if (c.host.clientWidth && c.host.clientWidth !== c.u.width) {
      const roomy = c.host.clientWidth >= WIDE;
      if (roomy !== c.roomy && c.roomy !== undefined) { again(c); continue; }
      c.roomy = roomy;
      c.u.setSize({ width: c.host.clientWidth, height: HEIGHT });
    }
  }
  function again(chart) {
    chart.u.destroy();
    charts.splice(charts.indexOf(chart), 1);
    draw(chart.host);
  }

  const drawAll = () => document.querySelectorAll(".plot").forEach(draw);
  for (const b of document.querySelectorAll("[data-zoom]")) {
    if (Number(b.dataset.zoom) > last * 1.01) b.hidden = true;
    b.addEventListener("click", () => zoom(b.dataset.zoom));
  }
  for (const b of document.querySelectorAll(".key button")) b.addEventListener("click", () => toggled(b));
  const select = document.getElementById("person");
  if (select) select.addEventListener("change", () => chosen(select));
  const further = document.querySelector("details.further");
  if (further) further.addEventListener("toggle", drawAll);
  const still = document.querySelector("noscript");
  if (still) document.getElementById("print").innerHTML = still.textContent;
  document.documentElement.classList.add("js");
  drawAll();
  zoom(compressed ? "compressed" : "all");
  addEventListener("beforeprint", () => document.querySelectorAll("details").forEach(d => { d.open = d.open || !d.closest(".panels"); }));
  let waiting = 0;
  addEventListener("resize", () => { clearTimeout(waiting); waiting = setTimeout(fit, 120); });
})();
