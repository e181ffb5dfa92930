// Steps of a driver in JavaScript; the same as steps.py, which says what they are.
'use strict';

class Steps {
  constructor() {
    const [origin, application, key, seed, tag, rounds] = process.argv.slice(2);
    Object.assign(this, { origin, application, key, tag, rounds: Number(rounds) });
    this.state = Number(seed) >>> 0;
    this.steps = {};
    this.shapes = {};
    this.problems = {};
  }

  // A number from 0 up to, not including, `bound`: the same sequence for the same seed (mulberry32).
  pick(bound) {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * bound);
  }

  name(kind, number) {
    return `${kind}-${this.tag}-${number}`;
  }

  async do(label, call) {
    const count = (this.steps[label] ??= [0, 0]);
    try {
      const result = await call();
      count[0] += 1;
      shapeOf(result, '', (this.shapes[label] ??= new Set()), 6);
      return result;
    } catch (problem) {
      count[1] += 1;
      this.problems[label] ??= `${problem.name}: ${problem.message}`.slice(0, 600);
      return undefined;
    }
  }

  close() {
    const shapes = Object.fromEntries(Object.entries(this.shapes).map(([label, shape]) => [label, [...shape].sort()]));
    console.log(JSON.stringify({ steps: this.steps, shapes, problems: this.problems }));
  }
}

function shapeOf(value, path, found, depth) {
  if (Array.isArray(value) && depth) value.forEach((each) => shapeOf(each, `${path}/*`, found, depth - 1));
  else if (value && typeof value === 'object' && depth)
    Object.entries(value).forEach(([key, each]) => shapeOf(each, `${path}/${key}`, found, depth - 1));
  else if (value !== null && value !== undefined) found.add(path);
}

module.exports = { Steps };
