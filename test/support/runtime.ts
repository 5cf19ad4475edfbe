/** The runtime of the tests. */
export const RUNTIME = "Bun" in globalThis ? "Bun" : "Deno" in globalThis ? "Deno" : "Node"

/** Path of Node, for programs that only Node can run. `npm run runtimes` sets it; otherwise, the tests themselves run in Node. */
export const NODE = process.env["ZMTP_TEST_NODE"] ?? process.execPath

/** Whether the runtime uses the C library musl. A report contains the version of the GNU C library only. */
const musl =
  RUNTIME === "Node" &&
  process.platform === "linux" &&
  !JSON.stringify(process.report.getReport()).includes('"glibcVersionRuntime"')

/** Whether the runtime can load the native addon of zeromq.js. Bun cannot, and for musl the addon would have to be compiled. */
export const HAS_ADDON = RUNTIME !== "Bun" && !musl

/** Options that make Deno resolve packages and sources as Node and TypeScript do. */
const AS_NODE = ["--no-lock", "--node-modules-dir=manual", "--unstable-sloppy-imports"]

/** Arguments of the runtime before the path of a TypeScript program. */
export const TYPESCRIPT: readonly string[] = {
  Node: ["--import", "tsx", "--no-warnings"],
  Bun: [],
  Deno: ["run", "--allow-all", "--no-check", ...AS_NODE],
}[RUNTIME]

/** Arguments that run the text of an ES module. With `typescript`, it can import TypeScript files. */
export function moduleOf(text: string, uses: { readonly typescript?: true; readonly gc?: true } = {}): string[] {
  if (RUNTIME === "Deno") return ["eval", ...(uses.gc ? ["--v8-flags=--expose-gc"] : []), ...AS_NODE, text]
  const typescript = uses.typescript && RUNTIME === "Node" ? ["--import", "tsx"] : []
  return [...(uses.gc ? ["--expose-gc"] : []), ...typescript, "--input-type=module", "--eval", text]
}

/** An error message of V8, or an empty string in engines with other messages, where tests check only the class of the error. */
export function inV8(words: string): string {
  return "v8" in process.versions && RUNTIME !== "Bun" ? words : ""
}

/** The error code for an address that this machine does not have. */
export const NOT_HERE = RUNTIME === "Deno" ? "EINVAL" : "EADDRNOTAVAIL"
