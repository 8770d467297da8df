// Runs the page's engine on what a test left in a folder, and writes what it gives.
import fs from "node:fs";
import path from "node:path";
import { LineWriter } from "../../../hwcli/export/line_writer.mjs";
import { Engine } from "../../../hwcli/export/lstm.mjs";
import { inflated, unpacked } from "../../../hwcli/export/model.mjs";
import { Pcg64 } from "../../../hwcli/export/pcg64.mjs";
import { completedPoints, drafted } from "../../../hwcli/export/reading/drafts.mjs";
import { inkOf } from "../../../hwcli/export/reading/ink_size.mjs";
import { LineReader } from "../../../hwcli/export/reading/line_reader.mjs";
import { readBack, secondLook } from "../../../hwcli/export/reading/read_back.mjs";
import { codesOf, spelledLine } from "../../../hwcli/export/spelling.mjs";
import { exponential, normal } from "../../../hwcli/export/ziggurat.mjs";

const [what, folder] = process.argv.slice(2);
const read = (name) => {
  const bytes = fs.readFileSync(path.join(folder, name));
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
};
const json = (name) => JSON.parse(fs.readFileSync(path.join(folder, name), "utf8"));
const run = (steps) => {
  for (;;) {
    const { value, done } = steps.next();
    if (done) return value;
  }
};
const write = (name, data) => fs.writeFileSync(path.join(folder, name), data);

if (what === "random") {
  const { entropy, count } = json("case.json");
  const generator = new Pcg64(entropy.map(BigInt));
  const drawn = [exponential, normal, exponential].map((draw) => Array.from({ length: count }, () => draw(generator)));
  write("drawn.bin", Float32Array.from(drawn.flat()));
} else if (what === "inflated") {
  const { texts, bits } = json("case.json");
  const found = await Promise.all(texts.map((text) => inflated(text, bits)));
  write("found.json", JSON.stringify(found.map((buffer) => [...new Uint8Array(buffer)])));
} else if (what === "read") {
  const { about, text, simd, written, looks } = json("case.json");
  const every = LineReader.unpacked(about, read("data.bin"), simd);
  const reader = looks ? every.pictures : every;
  const ink = inkOf(json("points.json"));
  const line = run(reader.classified(ink));
  const result = { reads: reader.textOf(line), frames: line.logs.frames, verdict: run(readBack(reader, line, text)) };
  write("logs.bin", line.logs.values);
  write(
    "read.json",
    JSON.stringify({
      ...result,
      owner: [...reader.align(line, written)],
      look: looks && run(secondLook(reader, line, text)),
      ...run(reader.compare(line, text, -2)),
    }),
  );
} else if (what === "drafted") {
  const { text, seed, bias, tries, aboutReader } = json("case.json");
  const about = json("about.json");
  const writer = new LineWriter(unpacked(about, read("data.bin")));
  const reader = LineReader.unpacked(aboutReader, read("reader.bin"));
  const spelling = spelledLine(text, about.recipes);
  const codes = codesOf(spelling.written, about.alphabet);
  const entropy = [BigInt(seed), 0];
  const attempt = (k, passage) => writer.write(codes, [...entropy, ...(k ? [k] : [])], bias, null, passage);
  // oxlint-disable-next-line require-yield -- it is there already
  function* comes() {
    return reader;
  }
  const draft = run(drafted(attempt, comes, spelling, tries));
  const points = run(completedPoints(draft, spelling, comes, entropy, about.shapes));
  write("drafted.json", JSON.stringify({ points, tries: draft.tries, faults: draft.faults }));
} else {
  const { codes, simd, entropy, bias, hand } = json("case.json");
  const model = unpacked(json("about.json"), read("data.bin"));
  if (what === "forced") {
    const rows = new Float32Array(read("rows.bin"));
    const engine = new Engine(model, simd);
    engine.window.look(codes);
    const raws = [];
    for (let k = 0; k < rows.length; k += 3) raws.push(...engine.step(rows.subarray(k, k + 3)));
    write("raws.bin", Float32Array.from(raws));
  } else {
    const writer = new LineWriter(model, simd);
    const prime = model.hands.get(hand) ?? null;
    const draw = () => run(writer.write(codes, entropy.map(BigInt), bias, prime));
    const [{ points, finished, rows }, { points: again }] = [draw(), draw()];
    write("points.json", JSON.stringify({ points, again, finished, rows: [...rows] }));
  }
}
