/**
 * A Jupyter client: starts a kernel, or connects to a running one, and runs code in it over its five sockets (shell,
 * control, iopub, stdin, heartbeat), with messages signed by HMAC-SHA256.
 *
 *   node main.js                        a few cells in IPython (needs `pip install ipykernel`)
 *   node main.js "print(6 * 7)" …       your own cells
 *     --python /usr/bin/python3                                    in another Python
 *     --kernel javascript                                          in the kernel of ../kernel
 *     --existing connection.json                                   in a running kernel
 */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { awaitConnection, readConnection } from "../connection.js"
import { JupyterClient } from "./client.js"

const CELLS = {
  python: ["print('hello from Python')\n6 * 7", "name = input('Who are you? ')\nname.upper()", "1 / 0"],
  javascript: [
    "console.log('hello from JavaScript')\n6 * 7",
    "input('Who are you? ').then((name) => name.toUpperCase())",
    "none.there",
  ],
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    python: { type: "string", default: "python3" },
    kernel: { type: "string", default: "python" },
    existing: { type: "string" },
  },
})

async function start(folder) {
  const path = join(folder, "kernel.json")
  const [program, ...args] =
    values.kernel === "javascript"
      ? [process.execPath, ...process.execArgv, new URL("../kernel/main.js", import.meta.url).pathname, path]
      : [values.python, "-m", "ipykernel_launcher", "-f", path]
  const child = spawn(program, args, { stdio: ["ignore", "ignore", "inherit"] })
  const failure = new AbortController()
  child.once("error", (error) => failure.abort(error))
  child.once("exit", (code) => failure.abort(new Error(`The kernel has ended with ${String(code)}`)))
  return { child, connection: await awaitConnection(path, failure.signal) }
}

async function run(connection, cells) {
  const client = new JupyterClient(connection, {
    onInput: (prompt) => {
      console.log(`${prompt}(an answer from the client)`)
      return "the client"
    },
  })
  try {
    const { banner, language_info: language } = await client.ready()
    console.log(banner.split("\n")[0])
    console.log(`Heart beats: ${await client.ping()}, language: ${language.name}`)
    for (const code of cells) {
      console.log(`In:  ${code.replaceAll("\n", "\n     ")}`)
      const { output, result, error } = await client.execute(code)
      process.stdout.write(output)
      if (result !== undefined) console.log(`Out: ${result}`)
      if (error !== undefined) console.log(error)
    }
    if (values.existing === undefined) await client.shutdown()
  } finally {
    client.close()
  }
}

const cells = positionals.length > 0 ? positionals : CELLS[values.kernel === "javascript" ? "javascript" : "python"]
if (values.existing !== undefined) {
  const connection = await readConnection(values.existing)
  if (connection === undefined) throw new Error(`${values.existing} is no connection file`)
  await run(connection, cells)
} else {
  const folder = await mkdtemp(join(tmpdir(), "jupyter-"))
  const { child, connection } = await start(folder)
  try {
    await run(connection, cells)
    if (child.exitCode === null) await once(child, "exit")
  } finally {
    child.kill()
    await rm(folder, { recursive: true })
  }
}
