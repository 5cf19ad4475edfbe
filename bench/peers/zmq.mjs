// One side of a measurement, on a library with the API of zeromq.js: `zmtp` (the built package) or `zeromq`.
const [library, work, size, count, endpoint] = process.argv.slice(2)
const zmq = await import(library)
const body = Buffer.alloc(Number(size), 0x61)
const messages = Number(count)
/** Messages before the clock starts. */
const warmUp = Math.ceil(messages / 10)

const works = {
  async pull() {
    const socket = new zmq.Pull()
    await socket.bind(endpoint)
    process.send?.({ endpoint: socket.lastEndpoint })
    let received = 0
    let start = 0
    for await (const {} of socket) {
      if (++received === warmUp) start = performance.now()
      if (received === warmUp + messages) break
    }
    process.send?.({ seconds: (performance.now() - start) / 1000 })
    socket.close()
  },

  async push() {
    const socket = new zmq.Push()
    socket.connect(endpoint)
    for (let sent = 0; sent < warmUp + messages; sent++) await socket.send(body)
  },

  async rep() {
    const socket = new zmq.Reply()
    await socket.bind(endpoint)
    process.send?.({ endpoint: socket.lastEndpoint })
    for (let answered = 0; answered < warmUp + messages; answered++) await socket.send((await socket.receive())[0])
  },

  async req() {
    const socket = new zmq.Request()
    socket.connect(endpoint)
    let start = 0
    for (let asked = 0; asked < warmUp + messages; asked++) {
      if (asked === warmUp) start = performance.now()
      await socket.send(body)
      await socket.receive()
    }
    process.send?.({ seconds: (performance.now() - start) / 1000 })
    socket.close()
  },
}

await works[work]()
// Whoever measures ends both sides: a sender that left early could take messages with it.
setInterval(() => undefined, 60_000)
