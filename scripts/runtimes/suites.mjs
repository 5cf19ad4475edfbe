// The suites of the tests, each a column of the table that `npm run runtimes` prints.
import { readdirSync } from "node:fs"

/** Files of each suite. */
export const SUITES = {
  core: /^test\/(zmtp|core|patterns|pgm|testing)\//,
  sockets: /^test\/(((?!exit|docs|layout|package)[\w-]+\.test)|(sockets|messaging|platform)\/)/,
  transports: /^test\/transports\//,
  security: /^test\/security\//,
  threads: /^test\/threads\//,
  endings: /^test\/(exit\.|(lifecycle|faults|hostile)\/)/,
  programs: /^test\/(package[.-]|(cli|examples|v5|fuzz|soak)\/)/,
  differential: /^test\/differential\/(differential|exits)\./,
  interop: /^interop\//,
}

/** Files that belong to no suite: tests of the documentation, of compilers, and of the files in this repository. */
const ELSEWHERE = /^test\/(docs\.|layout\.|bench\/|swap\/|types\/|differential\/compatibility\.)/

/**
 * The suites for Cloudflare's runtime, which has no files and no processes, and cannot listen: the files of each suite that it can
 * run, or a replacement for Workers.
 */
export const WORKERD_SUITES = {
  core: /^test\/(zmtp|core|patterns)\/.*\.test\.ts$/,
  // Tests that neither bind an address nor use options that only Node has.
  sockets:
    /^test\/(sockets\/(codec|context|event-cost|message|read-only|require-new|standard-schema|type-registry|typed-socket|web-streams)|messaging\/(msgpack-structure|request-ids))\.test\.ts$/,
  transports: /^test\/workerd\/inside\/transports\.ts$/,
  security: /^test\/workerd\/inside\/security\.ts$/,
  threads: /^test\/workerd\/inside\/threads\.ts$/,
  endings: /^test\/workerd\/inside\/endings\.ts$/,
  programs: /^test\/workerd\/inside\/programs\.ts$/,
  // These run in Node: they compare Workers with zeromq.js, and connect them to libzmq peers.
  differential: /^test\/workerd\/differential\.test\.ts$/,
  interop: /^test\/(workerd\/interop|examples\/cloudflare-worker)\.test\.ts$/,
}

/** Paths of all tests. */
export const TESTS = ["test", "interop"]
  .flatMap((folder) =>
    readdirSync(new URL(`../../${folder}`, import.meta.url), { recursive: true }).map((file) => `${folder}/${file}`),
  )
  // In addition to tests: the programs that run in a Worker, except the peers of tests in Node.
  .filter((file) => file.endsWith(".test.ts") || /^test\/workerd\/inside\/(?!peer).*\.ts$/.test(file))
  .sort()

/** Returns the paths of tests that no suite contains. */
export function testsWithoutSuite() {
  const patterns = [...Object.values(SUITES), ...Object.values(WORKERD_SUITES), ELSEWHERE]
  return TESTS.filter((file) => !patterns.some((pattern) => pattern.test(file)))
}
