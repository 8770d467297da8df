// Runs the page's engine on what a test left in a folder, and writes what it gives.
import fs from "node:fs";
import path from "node:path";
import { LineWriter } from "../../../hwcli/export/line_writer.mjs";
import { Engine } from "../../../hwcli/export/lstm.mjs";
import { unpacked } from "../../../hwcli/export/model.mjs";
import { Pcg64 } from "../../../hwcli/export/pcg64.mjs";
import { exponential, normal } from "../../../hwcli/export/ziggurat.mjs";

const [what, folder] = process.argv.slice(2);
const read = (name) => {
  const bytes = fs.readFileSync(path.join(folder, name));
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
};
const json = (name) => JSON.parse(fs.readFileSync(path.join(folder, name), "utf8"));
const write = (name, data) => fs.writeFileSync(path.join(folder, name), data);

if (what === "random") {
  const { entropy, count } = json("case.json");
  const generator = new Pcg64(entropy.map(BigInt));
  const drawn = [exponential, normal, exponential].map((draw) => Array.from({ length: count }, () => draw(generator)));
  write("drawn.bin", Float32Array.from(drawn.flat()));
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
    const draw = () => [...writer.write(codes, entropy.map(BigInt), bias, prime)].filter(Boolean);
    const [points, again] = [draw(), draw()];
    write("points.json", JSON.stringify({ points, again, finished: writer.finished, rows: [...writer.rows] }));
  }
}
