/**
 * Programs of the guide that run in the page. Browsers have no TCP, so their endpoints become `inproc://`; everything else is
 * as printed. A program is live if it needs only the library as pages load it.
 */
import { transform } from "esbuild"
import { execFile } from "node:child_process"
import { writeFileSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { promisify } from "node:util"

/** Features that pages do not have, or that must not run in them. */
const NOT_IN_PAGES =
  /from "(?!zmtp")|\b(?:process|require|Buffer|curveKeyPair|Stream|Datagram|Radio|Dish|connect:retry)\b|(?:ipc|udp|ws|epgm|quic):\/\//

/**
 * Wraps a program so that it runs in Node as in a page: frames print as text, as in `docs/.vitepress/theme/live-worker.js`, and
 * the process stays alive as long as the program runs.
 */
const BEFORE = `Uint8Array.prototype.toString = function () { return new TextDecoder().decode(this) };
globalThis.alive = setInterval(() => {}, 1_000);\n`
const AFTER = "\nclearInterval(globalThis.alive)"

/** Whether a program of the guide can run in a page. */
export function mayBeLive(code: string): boolean {
  return code.includes('from "zmtp"') && !NOT_IN_PAGES.test(code)
}

/** Converts a program to JavaScript for a page: without types, and with endpoints that pages support. */
export async function forPages(code: string, language: "ts" | "js"): Promise<string> {
  let names = 0
  const local = code
    .replace(/tcp:\/\/(?:127\.0\.0\.1|localhost):\*/g, () => `inproc://live-${++names}`)
    .replace(/tcp:\/\/(?:127\.0\.0\.1|localhost):(\d+)/g, "inproc://port-$1")
  const { code: script } = await transform(local, { loader: language, target: "es2022", format: "esm" })
  return script
}

/** Fails unless each program, with the library for pages, prints the output that the guide shows. */
export async function checkLive(
  library: string,
  programs: readonly { where: string; script: string; printed: string }[],
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "zmtp-live-"))
  try {
    const run = promisify(execFile)
    const outcomes = await Promise.all(
      programs.map(async ({ where, script, printed }, index) => {
        const file = join(folder, `${index}.mjs`)
        writeFileSync(
          file,
          `${BEFORE}${script.replaceAll(/from "zmtp"/g, `from ${JSON.stringify(pathToFileURL(library).href)}`)}${AFTER}`,
        )
        const { stdout } = await run(process.execPath, [file], { timeout: 20_000 }).catch((error: unknown) => ({
          stdout: String(error),
        }))
        return stdout === printed ? [] : [`${where} printed ${JSON.stringify(stdout)}, not ${JSON.stringify(printed)}`]
      }),
    )
    const failures = outcomes.flat()
    if (failures.length > 0) throw new Error(`Programs that do not run in pages:\n${failures.join("\n")}`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
