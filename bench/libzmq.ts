import { execFileSync } from "node:child_process"
import { createHash } from "node:crypto"
import { existsSync, mkdirSync, readFileSync, renameSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const SOURCE = fileURLToPath(new URL("peers/libzmq.c", import.meta.url))
const CACHE = fileURLToPath(new URL("../node_modules/.cache/zmtp-bench", import.meta.url))

/** Our program on libzmq, compiled if it has changed; or why it cannot be. */
export function compileLibzmq(): { readonly program: string } | { readonly missing: string } {
  const program = join(CACHE, `libzmq-${createHash("sha256").update(readFileSync(SOURCE)).digest("hex").slice(0, 12)}`)
  if (existsSync(program)) return { program }
  mkdirSync(CACHE, { recursive: true })
  try {
    execFileSync("cc", ["-O2", "-o", `${program}.new`, SOURCE, "-lzmq"], { stdio: "pipe" })
    renameSync(`${program}.new`, program)
    return { program }
  } catch (error) {
    const { code, stderr } = error as { code?: string; stderr?: Buffer }
    if (code === "ENOENT") return { missing: "there is no C compiler `cc`" }
    if (/zmq\.h|-lzmq/.test(String(stderr))) return { missing: "libzmq is not installed (Debian: libzmq3-dev)" }
    return { missing: `the C program does not compile: ${String(stderr).trim()}` }
  }
}
