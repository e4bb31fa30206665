// One label, and two to four side by side.
const SVG = "http://www.w3.org/2000/svg";
function draw(tag, attributes, text) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  if (text !== undefined) node.textContent = text;
  return node;
}

function position(value, bounds) {
  const ratio = bounds[1] / bounds[0], at = Math.log(value / bounds[0]) / Math.log(ratio) + 1;
  return Math.min(Math.max(at, 0), bounds.length + 1);
}

// The two scales of a label with their pointers, as its own picture has them.
function picturesOf(row, scales) {
  const scale = scales[row.standard];
  return make("div", {class: "drawings"},
    arrows("Energy", scale.energy, row.energy_class, row.energy_open, `index ${index(row)}`, row),
    arrows("Accuracy", scale.error, row.accuracy_class, row.accuracy_open, `${accuracyOf(row)} %`, null));
}

function arrows(title, bounds, chosen, open, words, row) {
  const estimated = Boolean(row && row.provenance === "estimated"), mark = estimated ? "≈" : "";
  const told = `${title}: ${chosen ? `${estimated ? "estimated " : ""}class ${chosen}` : "no class"}${open ? `, the interval touches ${open}` : ""}; ${words}`;
  const picture = draw("svg", {viewBox: "0 0 300 240", class: "drawing", role: "img", "aria-label": told});
  picture.append(draw("text", {x: 0, y: 18, class: "big"}, title));
  [...LETTERS].forEach((letter, at) => {
    const top = 30 + 26 * at, long = 80 + 17 * at;
    picture.append(draw("path", {d: `M0 ${top}h${long - 11}l11 11-11 11H0z`, class: letter}), draw("text", {x: 8, y: top + 16, class: "on"}, letter));
    if (letter === chosen) picture.append(draw("path", {d: `M${long + 6} ${top + 11}l9-8v16z`, class: estimated ? "axis hollow" : "axis"}), draw("text", {x: long + 22, y: top + 16, class: "big"}, `${mark}${letter}${open ? ` (${open})` : ""}`));
  });
  if (row && row.energy_index !== null && row.energy_index_low > 0 && row.energy_index_high !== null) {
    const y = (figure) => 30 + 26 * position(figure, bounds), x = 284;
    picture.append(draw("path", {d: `M${x} 30v${26 * 7}`, class: "faint"}),
      draw("path", {d: `M${x} ${y(row.energy_index_low)}V${y(row.energy_index_high)}M${x - 5} ${y(row.energy_index_low)}h10M${x - 5} ${y(row.energy_index_high)}h10`, class: "pointer"}),
      draw("circle", {cx: x, cy: y(row.energy_index), r: 4}));
  }
  picture.append(draw("text", {x: 0, y: 232, class: "soft"}, `${chosen ? `${estimated ? "estimated " : ""}class ${chosen}` : "no class"} · ${words}`));
  return picture;
}

const FACTS = [
  ["Energy class", (row) => (row.energy_class ? about(row) + row.energy_class : "withheld") + (row.energy_open ? ` (interval touches ${row.energy_open})` : ""), (row) => `bounds of the index in ${row.standard}; on ${row.device} · ${row.dtype}`],
  ["Energy index", (row) => index(row) + (row.energy_index === null ? "" : ` (${indexInterval(row)})`), source.energy],
  ["Energy per 1,000 texts", wattHours, source.wattHours],
  ["Accuracy", (row) => `${accuracyOf(row)} % (${between(row.accuracy_low, row.accuracy_high, percentage)})`, source.accuracy],
  ["Accuracy class", (row) => (row.accuracy_class || "none") + (row.accuracy_open ? ` (interval touches ${row.accuracy_open})` : ""), (row) => row.error_index === null ? "no published BERT-base accuracy for this workload" : `error index ${three(row.error_index)}; published BERT-base on this workload = 100`],
  ["Macro-F1", (row) => `${percentage(row.macro_f1)} %`, (row) => `the same ${grouped(row.rows)} answers`],
  ["Latency p50, p95", (row) => `${duration(row.latency_p50_s)}, ${p95Of(row)}`, source.latency],
  ["Throughput", (row) => `${three(row.throughput_per_s)} texts/s`, (row) => `batches of up to ${row.batch_size}, ${row.threads} threads`],
  ["Peak memory", memoryOf, source.memory],
  ["Parameters", (row) => quantity(row.parameters), (row) => row.fitted_rows ? `fitted here on ${grouped(row.fitted_rows)} rows` : row.family],
  ["Workload", calledOf, (row) => `${row.workload_title}; ${row.classes} classes, ${row.language || "language unknown"}${row.asked ? `; asked by ${row.asked}` : ""}`],
  ["Hardware", (row) => row.hardware, (row) => `${row.machine}, ${row.cores} cores; ${row.device}`],
  ["Setup", (row) => row.setup || "the standard’s own", (row) => `${row.dtype}, batch ${row.batch_size}, ${row.threads} threads`],
  ["Provenance", (row) => row.provenance, (row) => `counted or modelled parts: ${row.components}`],
  ["Rated", (row) => day(row.issued_at), (row) => `self-declared, with ${row.issued_by}, attempt ${row.attempts}; ${row.protocol} protocol of ${row.standard}`],
  ["Checked by this page", (row) => row.checked ? "follows from its evidence" : "evidence’s SHA-256 only", (row) => row.checked ? "computed again from evidence that does not contradict itself" : "the evidence is that which the label was made of; figures were not computed again"],
];

function link(row, words) {
  return make("a", {href: `#label=${row.key}`}, words);
}

function showLabel(row, rows, scales) {
  const others = rows.filter((other) => other !== row && other.name === row.name && other.workload === row.workload);
  const same = others.filter((other) => other.revision === row.revision).length;
  const address = row.address;
  const evidence = address && (/^https?:\/\//.test(address) || !/^[a-z]+:/i.test(address)) ? make("a", {href: address, rel: "noopener nofollow"}, "evidence.json") : "evidence.json beside the label";
  return [
    heading(row.name),
    make("p", {class: "hint"}, `${row.source === "callable" ? "a function of a program" : `${row.source === "hub" ? "commit" : "digest"} ${row.revision.slice(0, 12)}`} · ${row.family} · `, link(row, "link to this label")),
    ...row.remarks.map((each) => make("p", {class: "refused"}, each)),
    row.protocol === "quick" ? make("p", {}, make("span", {class: "warn"}, "Quick look: not for comparison")) : null,
    picturesOf(row, scales),
    make("div", {class: "scroll"}, make("table", {class: "facts own"}, make("thead", {}, make("tr", {}, ...["Figure", "Value", "Where it comes from"].map((each) => make("th", {scope: "col"}, each)))),
      make("tbody", {}, ...FACTS.map(([name, value, from]) => make("tr", {}, make("th", {scope: "row"}, name), make("td", {}, value(row)), make("td", {class: "from"}, from(row))))))),
    ...dominance(row, rows),
    make("h3", {}, "Evidence, and how to verify"),
    make("p", {}, evidence, "; label id ", make("code", {}, row.id)),
    make("p", {}, "The id is the SHA-256 of the evidence. In the folder with both, ", make("code", {}, "energylabel verify ."), " computes every figure and both classes again, without the model or the machine. It shows that the label follows from its evidence, not that it was measured honestly."),
    ...(row.history.length ? [make("h3", {}, "Earlier labels of this place"), make("ul", {}, ...row.history.map((each) => make("li", {}, `${day(each.issued_at)}: energy ${each.energy_class ? about(each) + each.energy_class : "?"}${each.energy_index === null ? "" : `, index ${index(each)}`}; accuracy ${each.accuracy_class || "none"}, ${percentage(each.accuracy)} % (${each.id.slice(0, 12)}, as its label.json says)`)))] : []),
    make("h3", {}, "Other labels of this model on this workload"),
    others.length ? make("ul", {}, ...others.slice(0, 30).map((other) => make("li", {}, link(other, `${place(other)}, ${day(other.issued_at)}`), `: energy ${other.energy_class ? about(other) + other.energy_class : "?"} (${index(other)}, ${other.provenance}), accuracy ${percentage(other.accuracy)} %${other.revision === row.revision ? "" : "; another revision"}`)))
      : make("p", {class: "hint"}, "None here."),
    others.length ? make("p", {class: "hint"}, `${same} of them of the same revision. From one machine to the next indexes alone compare, at equal device and number format; below 25 % they are not distinguishable.`) : null,
  ];
}

const DOMINATES = "less energy with its whole interval, and surely no more than half a point of accuracy lost";

function dominance(row, rows) {
  if (row.dominators === null || !row.dominators.length) return [];
  const by = row.dominators.filter((at) => at >= 0), more = by.length > 5 || row.dominators.includes(-1);
  return [make("h3", {}, "Dominated by"), make("p", {}, ...by.slice(0, 5).flatMap((at, place) => [place ? "; " : "", link(rows[at], rows[at].name), ` (index ${index(rows[at])}, ${percentage(rows[at].accuracy)} %)`]), more ? " and others." : ".", sub(`${DOMINATES}, as energylabel compare finds`))];
}

function heading(words) {
  return make("div", {class: "bar"}, make("h2", {id: "view-title", tabindex: "-1"}, words), make("button", {type: "button", "data-close": true}, "Close"));
}

function showSide(chosen) {
  const apart = different(chosen);
  const pairs = chosen.flatMap((row) => chosen.filter((other) => row.dominators !== null && row.dominators.includes(other.at)).map((other) => [other, row]));
  return [
    heading("Side by side"),
    apart.length ? make("p", {class: "refused"}, `These may not be held against each other: ${apart.join(", ")} ${apart.length > 1 ? "differ" : "differs"}.`)
      : make("p", {class: "hint"}, "One workload, one kind of hardware and one provenance. Whether a difference is more than noise: ", make("code", {}, "energylabel compare"), "."),
    ...pairs.map(([better, worse]) => make("p", {}, make("strong", {}, `${better.name} dominates ${worse.name}`), `: ${DOMINATES}.`)),
    make("div", {class: "scroll"}, make("table", {class: `facts side of-${chosen.length}`},
      make("thead", {}, make("tr", {}, make("th", {scope: "col"}, "Figure"), ...chosen.map((row) => make("th", {scope: "col"}, link(row, row.name))))),
      make("tbody", {}, ...FACTS.map(([name, value, from]) => make("tr", {}, make("th", {scope: "row"}, name), ...chosen.map((row) => make("td", {title: from(row)}, value(row), sub(["Energy per 1,000 texts", "Energy index", "Setup", "Workload"].includes(name) ? from(row) : ""))))))),
    ),
  ];
}
