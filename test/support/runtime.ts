/** What runs the tests: Node, or what says that it is something else. */
export const RUNTIME = "Bun" in globalThis ? "Bun" : "Deno" in globalThis ? "Deno" : "Node"

/** Node, for what only Node can run. `npm run runtimes` says which; tests that it did not start run in Node themselves. */
export const NODE = process.env["ZMTP_TEST_NODE"] ?? process.execPath

/** The C library of what runs the tests. A report names its version where it is the GNU one. */
const musl =
  RUNTIME === "Node" &&
  process.platform === "linux" &&
  !JSON.stringify(process.report.getReport()).includes('"glibcVersionRuntime"')

/** Whether the native addon loads into what runs the tests. Bun cannot, and with musl it has to be compiled. */
export const HAS_ADDON = RUNTIME !== "Bun" && !musl

/** What lets Deno find packages and sources as Node and TypeScript do. */
const AS_NODE = ["--no-lock", "--node-modules-dir=manual", "--unstable-sloppy-imports"]

/** Arguments before a program in TypeScript. */
export const TYPESCRIPT: readonly string[] = {
  Node: ["--import", "tsx", "--no-warnings"],
  Bun: [],
  Deno: ["run", "--allow-all", "--no-check", ...AS_NODE],
}[RUNTIME]

/** Arguments that run the text of an ES module, which may import TypeScript if it says so. */
export function moduleOf(text: string, uses: { readonly typescript?: true; readonly gc?: true } = {}): string[] {
  if (RUNTIME === "Deno") return ["eval", ...(uses.gc ? ["--v8-flags=--expose-gc"] : []), ...AS_NODE, text]
  const typescript = uses.typescript && RUNTIME === "Node" ? ["--import", "tsx"] : []
  return [...(uses.gc ? ["--expose-gc"] : []), ...typescript, "--input-type=module", "--eval", text]
}

/** What V8 says. Where another engine has words of its own a test sees no more than the kind of the error. */
export function inV8(words: string): string {
  return "v8" in process.versions && RUNTIME !== "Bun" ? words : ""
}

/** What is said of an address that this machine does not have. */
export const NOT_HERE = RUNTIME === "Deno" ? "EINVAL" : "EADDRNOTAVAIL"
