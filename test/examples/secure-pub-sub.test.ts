import { expect } from "chai"
import { Program } from "../support/program.js"
import { Cli } from "../support/cli.js"
import { closing } from "../support/closing.js"
import { ExampleFolder, PYTHON } from "../support/example.js"
import { skip } from "../support/skip.js"

/** A libzmq subscriber with the same key files. */
const PEER = `
import sys, zmq, zmq.auth
server, _ = zmq.auth.load_certificate("keys/server")
public, secret = zmq.auth.load_certificate("keys/client_secret")
socket = zmq.Context().socket(zmq.SUB)
socket.curve_serverkey, socket.curve_publickey, socket.curve_secretkey = server, public, secret
socket.connect(sys.argv[1])
socket.subscribe("time")
print(socket.recv_multipart()[0].decode())
`

describe("examples/secure-pub-sub", function () {
  this.timeout(60_000)
  const open = closing()
  let folder: ExampleFolder
  let endpoint: string
  let server: Program

  beforeEach(async () => {
    folder = open(new ExampleFolder("secure-pub-sub"))
    for (const name of ["server", "client"]) await Cli.run(["keygen", "--file", `${folder.path}/keys/${name}`])
    server = open(folder.start("server.js", ["tcp://127.0.0.1:*"]))
    endpoint = (await server.says(/^publishing at (\S+)$/m, "stdout"))[1]!
  })

  it("publishes to a client whose key is in the server's folder", async () => {
    const { code, stdout, stderr } = await open(folder.start("client.js", [endpoint])).end()
    expect([code, stderr]).to.deep.equal([0, ""])
    expect(stdout).to.match(/^(time: \S+Z\n){3}$/)
    server.interrupt()
    expect((await server.end()).code).to.equal(0)
  })

  it("rejects a client with another key, and reports it", async () => {
    const stranger = open(new Cli("sub", "--connect", endpoint, "--curve-server-key", `${folder.path}/keys/server`))
    await stranger.says(/cannot connect/)
    await server.says(/^rejected a client: /m)
  })

  it("publishes to libzmq with the same key files", async function () {
    if (PYTHON === undefined) skip(this, "no pyzmq here")
    const peer = open(new Program(PYTHON, ["-c", PEER, endpoint], { cwd: folder.path }))
    expect((await peer.end()).stdout).to.equal("time\n")
  })
})
