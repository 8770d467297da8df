import assert from "node:assert/strict";
import test from "node:test";
import { Book } from "../../../hwcli/recorder/book.mjs";
import { emptyLine } from "../../../hwcli/recorder/line.mjs";

const at = (x, y = 0) => ({ x, y, time: 0, pressure: 0.5 });

/** A book of three lines, with a stroke per given point on the first. */
function book(...points) {
  const made = new Book(3);
  for (const x of points) {
    made.begin(at(x));
    made.end();
  }
  return made;
}

const xs = (line) => line.strokes.map((stroke) => stroke.map(([x]) => x));

test("lines are opened by index, others stay as they are", () => {
  const made = book(1);
  assert.equal(made.open(2), true);
  made.begin(at(7));
  assert.deepEqual(made.lines.map(xs), [[[1]], [], [[7]]]);
  assert.deepEqual([made.written, made.empty], [2, [2]]);
  for (const index of [3, -1, undefined, "x"]) assert.equal(made.open(index), false);
  assert.equal(made.index, 2);
});

test("undo removes strokes, then brings back the line before it was started again", () => {
  const made = book(1, 2);
  made.startAgain();
  made.begin(at(3));
  assert.equal(made.undo(), "stroke");
  assert.deepEqual(xs(made.line), []);
  assert.equal(made.canUndo, true);
  assert.equal(made.undo(), "line");
  assert.deepEqual(xs(made.line), [[1], [2]]);
  made.undo();
  made.undo();
  assert.equal(made.canUndo, false);
});

test("each line has its own undo", () => {
  const made = book(1);
  made.startAgain();
  made.open(1);
  assert.equal(made.canUndo, false);
});

test("a stroke that is interrupted is not continued", () => {
  const interruptions = [
    (made) => made.undo(),
    (made) => made.open(1),
    (made) => made.startAgain(),
    (made) => made.clear(),
    (made) => made.cancel(),
  ];
  for (const interrupt of interruptions) {
    const made = book(1);
    made.begin(at(2));
    interrupt(made);
    const before = JSON.stringify(made.lines);
    assert.equal(made.extend([at(3)]), 0);
    made.cancel();
    made.end();
    assert.equal(JSON.stringify(made.lines), before, String(interrupt));
  }
});

test("what was kept comes back, and anything else is left out", () => {
  const [made, other] = [book(1, 2), new Book(3)];
  other.restore(
    new Map([
      [0, made.line],
      [1, { strokes: "x" }],
      [9, made.line],
      ["about", {}],
    ]),
  );
  assert.deepEqual(other.lines, [made.line, emptyLine(1), emptyLine(1)]);
});
