// One side of a measurement with and without I/O threads: `pull` receives and reports, `push` sends. The library is `zmtp` (the
// built package) or `zeromq`, which always uses an I/O thread.
import { CLIENT, SERVER } from "./io-thread-keys.mjs"

const [role, library, threads, size, count, secure, endpoint] = process.argv.slice(2)
const zmq = await import(library)
if (Number(threads) > 0) zmq.context.dedicatedIoThreads = Number(threads)

const security =
  secure !== "curve"
    ? {}
    : role === "pull"
      ? { curveServer: true, curveSecretKey: SERVER.secretKey }
      : { curveServerKey: SERVER.publicKey, curvePublicKey: CLIENT.publicKey, curveSecretKey: CLIENT.secretKey }

const messages = Number(count)
/** Number of messages before the measurement starts. */
const warmUp = Math.ceil(messages / 10)

/** CPU time of this thread in µs, if Node provides it. */
const cpuTime = () => {
  const { user, system } = process.threadCpuUsage?.() ?? process.cpuUsage()
  return user + system
}

if (role === "pull") {
  const pull = new zmq.Pull(security)
  await pull.bind("tcp://127.0.0.1:*")
  process.send({ endpoint: pull.lastEndpoint })
  let received = 0
  let start = 0
  let cpu = 0
  for await (const {} of pull) {
    if (++received === warmUp) {
      start = performance.now()
      cpu = cpuTime()
    }
    if (received === warmUp + messages) break
  }
  const rate = (messages / (performance.now() - start)) * 1000
  process.send({ rate, cpu: (cpuTime() - cpu) / messages }, () => process.exit())
} else {
  const push = new zmq.Push(security)
  push.connect(endpoint)
  const body = Buffer.alloc(Number(size), 0x61)
  for (let sent = 0; sent < warmUp + messages; sent++) await push.send(body)
}
