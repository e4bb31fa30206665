// The picture of one group: energy index (logarithmic) against accuracy, and the front.
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function scaleOf(group) {
  const energies = group.flatMap((row) => [row.energy_index]), rights = group.map((row) => row.accuracy);
  const low = Math.log10(energies.reduce((a, b) => Math.min(a, b), Infinity)), high = Math.log10(energies.reduce((a, b) => Math.max(a, b), -Infinity));
  const least = rights.reduce((a, b) => Math.min(a, b), 1), most = rights.reduce((a, b) => Math.max(a, b), 0);
  const across = Math.max(high - low, 0.3), up = Math.max(most - least, 0.02);
  return {x: [low - 0.08 * across, high + 0.08 * across], y: [Math.max(0, least - 0.1 * up), Math.min(1.005, most + 0.1 * up)]};
}

const CROWDED = 40;  // beyond so many on the front, intervals would hide the points

function drawPicture(canvas, group, front, bounds) {
  const ratio = window.devicePixelRatio || 1, width = canvas.clientWidth, height = canvas.clientHeight;
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  const pen = canvas.getContext("2d"), ink = colour("--ink"), soft = colour("--soft"), rule = colour("--rule");
  pen.scale(ratio, ratio);
  pen.clearRect(0, 0, width, height);
  if (!group.length) return [];
  const scale = scaleOf(group), left = 52, right = width - 12, top = 26, bottom = height - 44;
  const x = (value) => left + (right - left) * (Math.log10(value) - scale.x[0]) / (scale.x[1] - scale.x[0]);
  const y = (value) => bottom - (bottom - top) * (value - scale.y[0]) / (scale.y[1] - scale.y[0]);
  pen.font = "12px system-ui, sans-serif";
  pen.lineWidth = 1;
  axes(pen, scale, x, y, {left, right, top, bottom, rule, soft});
  if (bounds) classes(pen, scale, x, bounds, {left, right, top, bottom, soft, rule});
  const on = new Set(front), spots = [], steps = stepsOf(front), lead = new Set(steps);
  if (steps.length) {
    pen.strokeStyle = colour("--link");
    pen.lineWidth = 2;
    pen.beginPath();
    steps.forEach((row, at) => {
      if (at) pen.lineTo(x(row.energy_index), y(steps[at - 1].accuracy));
      pen[at ? "lineTo" : "moveTo"](x(row.energy_index), y(row.accuracy));
    });
    pen.lineTo(right, y(steps[steps.length - 1].accuracy));
    pen.stroke();
  }
  for (const row of [...group.filter((each) => !on.has(each)), ...front]) {  // the front on top
    const spot = {x: x(row.energy_index), y: y(row.accuracy), row};
    spots.push(spot);
    if (on.has(row) && front.length <= CROWDED) whiskers(pen, row, x, y, {left, right, top, bottom, soft});
    pen.globalAlpha = on.has(row) || group.length < 200 ? 1 : 0.5;
    pen.beginPath();
    pen.arc(spot.x, spot.y, on.has(row) ? 6 : 4, 0, 2 * Math.PI);
    pen.lineWidth = 2;
    pen.strokeStyle = on.has(row) ? colour("--link") : soft;
    pen.fillStyle = row.provenance === "estimated" ? colour("--paper") : pen.strokeStyle;
    pen.fill();
    pen.stroke();
  }
  pen.globalAlpha = 1;
  names(pen, [...front.filter((row) => !lead.has(row)), ...steps], x, y, {left, right, top, ink});
  return spots;
}

function axes(pen, scale, x, y, box) {
  pen.strokeStyle = box.rule;
  pen.fillStyle = box.soft;
  pen.textAlign = "right";
  const span = scale.y[1] - scale.y[0];
  const step = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2].find((each) => span / each <= 6) || 0.25;
  for (let at = Math.ceil(scale.y[0] / step); at * step <= Math.min(scale.y[1], 1); at += 1) {
    line(pen, box.left, y(at * step), box.right, y(at * step));
    pen.fillText(`${Number((100 * at * step).toFixed(1))} %`, box.left - 6, y(at * step) + 4);
  }
  pen.textAlign = "center";
  let free = -Infinity;
  for (let power = Math.floor(scale.x[0]); power <= scale.x[1]; power += 1) {
    for (const digit of scale.x[1] - scale.x[0] < 1.6 ? [1, 2, 5] : [1]) {
      const value = digit * 10 ** power, at = x(value), words = Number(value.toPrecision(1)).toLocaleString("en-US", {maximumSignificantDigits: 1});
      if (at < box.left || at > box.right || at - pen.measureText(words).width / 2 < free) continue;
      line(pen, at, box.bottom, at, box.bottom + 5);
      pen.fillText(words, at, box.bottom + 18);
      free = at + pen.measureText(words).width / 2 + 6;
    }
  }
  line(pen, box.left, box.bottom, box.right, box.bottom);
  pen.textAlign = "left";
  pen.fillText("accuracy", 4, 12);
  pen.textAlign = "right";
  pen.fillText("energy index, untrained BERT-base = 100 →", box.right, box.bottom + 36);
}

function line(pen, x1, y1, x2, y2) {
  pen.beginPath();
  pen.moveTo(x1, y1);
  pen.lineTo(x2, y2);
  pen.stroke();
}

// Classes as bands above the picture, where there is room for their letters.
function classes(pen, scale, x, bounds, box) {
  const edges = [10 ** scale.x[0], ...bounds, 10 ** scale.x[1]];
  [...LETTERS].forEach((letter, at) => {
    const from = at ? Math.max(bounds[at - 1], edges[0]) : edges[0];
    const to = at < bounds.length ? Math.min(bounds[at], edges[edges.length - 1]) : edges[edges.length - 1];
    if (to <= from) return;
    const start = x(from), end = x(to);
    pen.fillStyle = colour(`--${letter.toLowerCase()}`);
    pen.fillRect(start, box.top - 6, end - start - 1, 6);
    pen.fillStyle = box.soft;
    pen.textAlign = "center";
    if (end - start > 12) pen.fillText(letter, (start + end) / 2, box.top - 9);
  });
}

function whiskers(pen, row, x, y, box) {
  pen.strokeStyle = box.soft;
  pen.lineWidth = 1;
  const inside = (value) => Math.min(Math.max(value, box.left), box.right);
  if (row.energy_index_low > 0 && row.energy_index_high !== null) line(pen, inside(x(row.energy_index_low)), y(row.accuracy), inside(x(row.energy_index_high)), y(row.accuracy));
  if (row.accuracy_low !== null) line(pen, x(row.energy_index), Math.max(y(row.accuracy_high), box.top), x(row.energy_index), Math.min(y(row.accuracy_low), box.bottom));
}

// Names of the front, where they do not run into each other.
function names(pen, front, x, y, box) {
  const taken = [];
  pen.fillStyle = box.ink;
  pen.strokeStyle = colour("--paper");
  pen.lineWidth = 4;
  pen.lineJoin = "round";
  pen.textAlign = "left";
  for (const row of [...front].reverse()) {
    const short = row.name.split("/").pop(), words = short.length > 28 ? `${short.slice(0, 27)}…` : short;
    const wide = pen.measureText(words).width, at = x(row.energy_index);
    const from = at + 10 + wide > box.right ? at - 10 - wide : at + 10;
    const room = {from, to: from + wide, top: y(row.accuracy) - 16, bottom: y(row.accuracy) + 2};
    if (from < box.left || taken.some((other) => room.from < other.to && room.to > other.from && room.top < other.bottom && room.bottom > other.top)) continue;
    taken.push(room);
    const base = Math.max(y(row.accuracy) - 5, box.top + 10);
    pen.strokeText(words, from, base);
    pen.fillText(words, from, base);
  }
}

function groupName(row, twice) {
  return `${calledOf(row)} on ${row.hardware}, ${row.provenance}${twice ? ` (rows ${row.key.slice(0, 6)})` : ""}`;
}
