// One side of a measurement with CURVE, on a library with the API of zeromq.js: `zmtp` (the built package) or `zeromq`.
const [library, work, size, count, endpoint] = process.argv.slice(2)
const zmq = await import(library)
const body = Buffer.alloc(Number(size), 0x61)
const messages = Number(count)
/** Messages before the clock starts. */
const warmUp = Math.ceil(messages / 10)

// For measuring only.
const SERVER = {
  publicKey: "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7",
  secretKey: "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6",
}
const CLIENT = {
  publicKey: "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID",
  secretKey: "D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs",
}
const server = { curveServer: true, curvePublicKey: SERVER.publicKey, curveSecretKey: SERVER.secretKey }
const client = {
  curveServerKey: SERVER.publicKey,
  curvePublicKey: CLIENT.publicKey,
  curveSecretKey: CLIENT.secretKey,
}

const works = {
  async pull() {
    const socket = new zmq.Pull(server)
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
    const socket = new zmq.Push(client)
    socket.connect(endpoint)
    for (let sent = 0; sent < warmUp + messages; sent++) await socket.send(body)
  },

  /** Answers whoever comes: the server whose handshakes are counted. */
  async greet() {
    const socket = new zmq.Router(server)
    await socket.bind(endpoint)
    process.send?.({ endpoint: socket.lastEndpoint })
    for await (const message of socket) await socket.send(message)
  },

  /** Connects, says a word, hears it and leaves, again and again, `PARALLEL` at a time. */
  async visit() {
    const PARALLEL = 8
    let left = warmUp + messages
    let start = 0
    const visitor = async () => {
      while (left > 0) {
        if (left-- === messages) start = performance.now()
        const socket = new zmq.Dealer({ ...client, linger: 0 })
        socket.connect(endpoint)
        await socket.send(body)
        await socket.receive()
        socket.close()
      }
    }
    await Promise.all(Array.from({ length: PARALLEL }, visitor))
    process.send?.({ seconds: (performance.now() - start) / 1000 })
  },
}

await works[work]()
// Whoever measures ends both sides: a sender that left early could take messages with it.
setInterval(() => undefined, 60_000)
