// Packages on npm that were written for zeromq 4 and 5, and for zmq. They use the override that docs/guide/migration.md
// recommends to their users.
import { cp } from "node:fs/promises"
import { join } from "node:path"
import { node, root } from "./stage.mjs"

/** @type {import("./hosts.mjs").Host[]} */
export const OLD_PROGRAMS = [
  old("jmp", "2.0.0", "execute_reply ok"),
  old("pigato", "0.0.46", "hello!"),
  old("ascoltatori", "4.3.0", "greeting hello", { optional: true }),
  old("zmq-raft", "0.5.0", "hello!", { more: { debug: "^4.3.0" } }),
  old("sawtooth-sdk", "1.1.1", "hello!"),
  old("zyre.js", "1.3.0", "17 hello"),
  old("@node-lightning/bitcoind", "0.26.1", "transaction"),
  // It uses the API of version 6.
  old("zeromq-ng", "5.0.0-beta.28", "hello function", { replacement: "zmtp" }),
]

/**
 * @param more Packages that it uses, but does not list as dependencies.
 * @param optional Whether it loads its optional dependencies at startup.
 */
function old(name, version, expected, { more, optional, replacement = "v5" } = {}) {
  const run = async (stage) => {
    const { zmtp, v5 } = stage.tarballs
    const instead = `file:${replacement === "v5" ? v5 : zmtp}`
    const manifest = {
      private: true,
      dependencies: { [name]: version, ...more },
      overrides: { zeromq: instead, zmq: instead, ...(replacement === "v5" && { zmtp: `file:${zmtp}` }) },
    }
    const project = await stage.install(manifest, optional ? [] : ["--omit=optional"])
    const program = `${name.replace(/^.*\/|\.js$/g, "")}.cjs`
    await cp(join(root, "test/hosts/old", program), join(project, program))
    return node(project, "--no-deprecation", program)
  }
  return { name: `${name} ${version}`, expected, run, fetches: true }
}
