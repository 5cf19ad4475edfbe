import { expect } from "chai"
import { execFile } from "node:child_process"
import { promisify } from "node:util"
import { moduleOf } from "../support/runtime.js"

const run = promisify(execFile)
const root = new URL("../../", import.meta.url)

/** How a program loads an entry point of the package, by kind of module. */
const KINDS = {
  "an ES module": (name: string, entry: string): string[] => moduleOf(`import * as ${name} from "${entry}"`),
  CommonJS: (name: string, entry: string): string[] => [
    "--input-type=commonjs",
    "--eval",
    `const ${name} = require("${entry}")`,
  ],
}

/** The output of `program` in its own process, which has not loaded CURVE before. */
async function outputOf(kind: keyof typeof KINDS, name: string, entry: string, program: string): Promise<string> {
  const args = KINDS[kind](name, entry)
  const { stdout } = await run(process.execPath, [...args.slice(0, -1), `${args.at(-1)!}\n${program}`], { cwd: root })
  return stdout
}

/** The first call of the process is `bindSync` on a CURVE server; then a client connects. */
const NEWER = `
  const [server, client] = [zmq.curveKeyPair(), zmq.curveKeyPair()]
  const pull = new zmq.Pull({ curveServer: true, curveSecretKey: server.secretKey })
  pull.bindSync(ENDPOINT)
  const push = new zmq.Push({
    curveServerKey: server.publicKey,
    curvePublicKey: client.publicKey,
    curveSecretKey: client.secretKey,
  })
  push.connect(pull.lastEndpoint)
  push.send("sealed")
  pull.receive().then(([message]) => {
    console.log(pull.securityMechanism, String(message))
    push.close()
    pull.close()
  })`

const OLDER = `
  const [server, client] = [zmq.curveKeypair(), zmq.curveKeypair()]
  const pull = zmq.socket("pull")
  pull.curve_server = 1
  pull.curve_secretkey = server.secret
  pull.bindSync("tcp://127.0.0.1:*")
  const push = zmq.socket("push")
  push.curve_serverkey = server.public
  push.curve_publickey = client.public
  push.curve_secretkey = client.secret
  push.connect(pull.last_endpoint)
  push.send("sealed")
  pull.on("message", (message) => {
    console.log(pull.mechanism, String(message))
    push.close()
    pull.close()
  })`

describe("a CURVE server in a process that has not used CURVE before", () => {
  for (const kind of Object.keys(KINDS) as (keyof typeof KINDS)[]) {
    for (const endpoint of ["tcp://127.0.0.1:*", "ipc://*", "ws://127.0.0.1:*"]) {
      it(`is bound by bindSync, in ${kind}: ${endpoint}`, async () => {
        const program = NEWER.replace("ENDPOINT", JSON.stringify(endpoint))
        expect(await outputOf(kind, "zmq", "zmtp", program)).to.equal("curve sealed\n")
      })
    }

    it(`is bound by bindSync with the API of zeromq.js 5, in ${kind}`, async () => {
      expect(await outputOf(kind, "zmq", "zmtp/v5-compat", OLDER)).to.equal("2 sealed\n")
    })
  }
})
