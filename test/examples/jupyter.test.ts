import { expect } from "chai"
import { execFile, execFileSync } from "node:child_process"
import { createHmac } from "node:crypto"
import { promisify } from "node:util"
import { Dealer } from "../../src/index.js"
import { closing } from "../support/closing.js"
import { ExampleFolder, runExample } from "../support/example.js"
import { RUNTIME, TYPESCRIPT } from "../support/runtime.js"

const root = new URL("../../", import.meta.url)

/** A Python interpreter that can import `module`. */
function pythonWith(module: string): string | undefined {
  return ["python3", "/usr/bin/python3"].find((python) => {
    try {
      execFileSync(python, ["-c", `import ${module}`], { stdio: "ignore" })
      return true
    } catch {
      return false
    }
  })
}

describe("the examples for Jupyter", function () {
  this.timeout(120_000)
  const closed = closing()

  const ipython = pythonWith("ipykernel")
  const clientTest = ipython === undefined ? it.skip : it
  clientTest(`jupyter-client runs code in a real IPython kernel${missing(ipython, "ipykernel")}`, async () => {
    const lines = await runExample("jupyter/client/main.js", "--python", ipython!)
    expect(lines[0]).to.match(/^Python 3\./)
    expect(lines.slice(1)).to.deep.equal([
      "Heart beats: true, language: python",
      "In:  print('hello from Python')",
      "     6 * 7",
      "hello from Python",
      "Out: 42",
      "In:  name = input('Who are you? ')",
      "     name.upper()",
      "Who are you? (an answer from the client)",
      "Out: 'THE CLIENT'",
      "In:  1 / 0",
      "ZeroDivisionError: division by zero",
    ])
  })

  it("jupyter-kernel runs JavaScript for our client", async () => {
    expect((await runExample("jupyter/client/main.js", "--kernel", "javascript")).slice(1)).to.deep.equal([
      "Heart beats: true, language: javascript",
      "In:  console.log('hello from JavaScript')",
      "     6 * 7",
      "hello from JavaScript",
      "Out: 42",
      "In:  input('Who are you? ').then((name) => name.toUpperCase())",
      "Who are you? (an answer from the client)",
      "Out: 'THE CLIENT'",
      "In:  none.there",
      "ReferenceError: none is not defined",
    ])
  })

  const jupyter = pythonWith("jupyter_client")
  const kernelTest = jupyter === undefined ? it.skip : it
  kernelTest(`jupyter-kernel is a kernel for jupyter_client${missing(jupyter, "jupyter_client")}`, async () => {
    const peer = new URL("test/examples/jupyter-peer.py", root).pathname
    const kernel = `${closed(new ExampleFolder("jupyter")).path}/kernel/main.js`
    const argv = [peer, process.execPath, ...(RUNTIME === "Node" ? [] : TYPESCRIPT), kernel, "{connection_file}"]
    const { stdout } = await promisify(execFile)(jupyter!, argv, { cwd: root, timeout: 100_000, killSignal: "SIGKILL" })
    expect(JSON.parse(stdout)).to.deep.equal({
      run: ["ok", ["stdout", "hello\n"], ["stderr", "oops\n"], ["execute_result", "42"]],
      keep: ["ok", ["execute_result", "6"]],
      input: ["ok", ["execute_result", "'I am Python'"]],
      error: ["error", ["error", "ReferenceError", "none is not defined"]],
      complete: ["sqrt"],
      is_complete: ["complete", "incomplete", "invalid"],
      waits: "Interrupted",
      after: ["ok", ["execute_result", "7"]],
    })
  })

  it("jupyter-kernel ignores requests that are signed with another key", async () => {
    const folder = closed(new ExampleFolder("jupyter"))
    const { Kernel } = (await folder.import("kernel/kernel.js")) as { Kernel: new (connection: Connection) => Kernel }
    const { JupyterClient } = (await folder.import("client/client.js")) as {
      JupyterClient: new (connection: Connection) => JupyterClient
    }
    const { endpointOf } = (await folder.import("connection.js")) as {
      endpointOf: (connection: Connection, channel: string) => string
    }
    const kernel = closed(new Kernel({ ...CONNECTION, key: "secret" }))
    const connection = await kernel.start()
    const running = kernel.run()
    const forger = closed(new Dealer())
    forger.connect(endpointOf(connection, "shell"))
    const request = (id: string, key: string): string[] => {
      const parts = [{ msg_id: id, msg_type: "kernel_info_request" }, {}, {}, {}].map((part) => JSON.stringify(part))
      return ["<IDS|MSG>", createHmac("sha256", key).update(parts.join("")).digest("hex"), ...parts]
    }
    await forger.send(request("forged", "guess"))
    await forger.send(request("true", "secret"))
    const [, , , parent] = await forger.receive()
    expect(JSON.parse(parent!.toString())).to.include({ msg_id: "true" })

    const client = closed(new JupyterClient(connection))
    await client.ready()
    await client.shutdown()
    await running
  })
})

/** The contents of a connection file. */
type Connection = typeof CONNECTION

interface Kernel {
  start(): Promise<Connection>
  run(): Promise<void>
  close(): void
}

interface JupyterClient {
  ready(): Promise<void>
  shutdown(): Promise<void>
  close(): void
}

const CONNECTION = {
  transport: "tcp",
  ip: "127.0.0.1",
  key: "",
  signature_scheme: "hmac-sha256",
  shell_port: 0,
  control_port: 0,
  iopub_port: 0,
  stdin_port: 0,
  hb_port: 0,
}

function missing(python: string | undefined, module: string): string {
  return python === undefined ? ` (skipped: no Python here has ${module})` : ""
}
