// What the oracles share: a random series that begins anew with the same seed, the shell, and comparing.
import { spawnSync } from "node:child_process";

export const [module, seed] = [process.argv[2], Number(process.argv[3])];

let state = seed >>> 0;
export function below(bound) { // mulberry32
  state = (state + 0x6d2b79f5) >>> 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return (((t ^ (t >>> 14)) >>> 0) / 4294967296 * bound) | 0;
}

// Runs SQL in the stock shell with the module; every line that is printed is JSON.
export function ask(sql, database = ":memory:") {
  const environment = { ...process.env };
  if (process.env.SPECTRADB_TEST_PRELOAD) environment.LD_PRELOAD = process.env.SPECTRADB_TEST_PRELOAD;
  const shell = spawnSync("sqlite3", ["-batch", "-bail", "-init", "/dev/null", database, "-cmd", `.load '${module}'`],
    { input: sql, env: environment, maxBuffer: 1 << 29, encoding: "utf8" });
  if (shell.status !== 0) throw new Error(shell.stderr.slice(0, 2000));
  return shell.stdout.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
}

export function same(ours, theirs, what) {
  const [a, b] = [JSON.stringify(ours), JSON.stringify(theirs)];
  if (a === b) return;
  console.error(`${what}: here ${a}, and there ${b}`);
  process.exit(1);
}
