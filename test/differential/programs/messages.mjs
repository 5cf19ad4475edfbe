/** Two connected Pair sockets. */
async function connectedPairs({ zmq, closing, listen }, scheme = "inproc") {
  const [one, other] = [closing(new zmq.Pair({ linger: 0 })), closing(new zmq.Pair({ linger: 0 }))]
  const endpoint = await listen(other, scheme)
  one.connect(endpoint)
  return [one, other]
}

export default {
  "types of values that are sent as frames": async (tools) => {
    const { say, outcome, differs } = tools
    const [one, other] = await connectedPairs(tools)
    const frames = {
      text: "åbç",
      "empty text": "",
      null: null,
      Buffer: Buffer.from([0, 1, 255]),
      Uint8Array: new Uint8Array([1, 2]),
      "part of an array": new Uint8Array([1, 2, 3, 4]).subarray(1, 3),
      Int32Array: new Int32Array([1, -1]),
      Float64Array: new Float64Array([0.5]),
      ArrayBuffer: new Uint8Array([5, 6]).buffer,
      number: 16.19,
      integer: 42,
      NaN,
      true: true,
      object: {},
      function: function f() {},
      promise: Promise.resolve(),
      date: new Date(0),
      bigint: 12n,
      "own text": { toString: () => "own" },
    }
    for (const [what, frame] of Object.entries(frames)) {
      await one.send(frame)
      say(what, await other.receive())
      await one.send([frame, frame])
      say(what, await other.receive())
    }
    for (const nested of [[["a", "b"]], [undefined], [1, null, "x", Buffer.from("y")]]) {
      await one.send(nested)
      say(await other.receive())
    }
    say(await outcome(() => one.send(Symbol("x"))), await outcome(() => one.send(Object.create(null))))
    say(await outcome(() => one.send(["a", Symbol("x")])))
    say(await outcome(() => one.send([])))
    await one.send("after nothing")
    say(await other.receive())
    const { rejects } = await outcome(() => one.send(new Array(1)))
    differs("a hole in a message", rejects?.message ?? String(await other.receive()))
  },

  "received messages": async (tools) => {
    const { say } = tools
    for (const scheme of ["inproc", "tcp", "ipc"]) {
      const [one, other] = await connectedPairs(tools, scheme)
      await one.send(["a", "", Buffer.alloc(300, 7)])
      const message = await other.receive()
      say(
        scheme,
        Array.isArray(message),
        message.map(Buffer.isBuffer),
        message.map(({ length }) => length),
      )
      say(Object.keys(message), message[2].equals(Buffer.alloc(300, 7)))
    }
  },

  "send resolves with undefined": async (tools) => {
    const { say } = tools
    const [one, other] = await connectedPairs(tools)
    const promise = one.send("x")
    say(promise instanceof Promise, await promise)
    const received = other.receive()
    say(received instanceof Promise, await received)
  },

  "send and receive settle immediately when they can": async (tools) => {
    const { say } = tools
    const [one, other] = await connectedPairs(tools)
    const order = []
    const sent = one.send("x").then(() => order.push("sent"))
    await Promise.resolve()
    order.push("later")
    await sent
    while (!other.readable) await tools.turn()
    const received = other.receive().then(() => order.push("received"))
    await received
    say(order)
  },

  "small frames are copied, large ones shared": async (tools) => {
    const { say } = tools
    const [one, other] = await connectedPairs(tools)
    const [small, large] = [Buffer.alloc(16, 1), Buffer.alloc(2048, 1)]
    await one.send([small, large])
    const [a, b] = await other.receive()
    b[0] = 9
    a[0] = 9
    say(small[0], large[0])
    await other.send(b)
    const [c] = await one.receive()
    c[1] = 8
    say(large[1])
  },

  "a small frame is copied before it is sent": async (tools) => {
    const { zmq, say, closing } = tools
    const [one, other] = [closing(new zmq.Pair({ linger: 0 })), closing(new zmq.Pair({ linger: 0 }))]
    one.connect("inproc://later")
    const frame = Buffer.from("before")
    await one.send(frame)
    frame.write("after!")
    await other.bind("inproc://later")
    say(await other.receive())
  },

  "delivered frames are not kept alive": async (tools) => {
    const { say, turn } = tools
    const [one, other] = await connectedPairs(tools)
    const references = []
    const pass = async () => {
      for (let index = 0; index < 10; index++) {
        const frame = Buffer.from(new ArrayBuffer(2048))
        await one.send(frame)
        const message = await other.receive()
        references.push(new WeakRef(frame), new WeakRef(message), new WeakRef(message[0]))
      }
    }
    await pass()
    for (let round = 0; round < 5; round++) {
      globalThis.gc()
      await turn()
    }
    say(references.filter((reference) => reference.deref() !== undefined).length)
  },

  "an unreferenced large frame is kept until it is sent, a small one is not": async (tools) => {
    const { zmq, say, closing, turn } = tools
    const push = closing(new zmq.Push({ linger: 0 }))
    push.connect("tcp://127.0.0.1:1")
    const references = []
    const pass = async () => {
      for (const size of [16, 1025]) {
        const frame = Buffer.from(new ArrayBuffer(size))
        references.push(new WeakRef(frame))
        await push.send(frame)
      }
    }
    await pass()
    for (let round = 0; round < 5; round++) {
      globalThis.gc()
      await turn()
    }
    say(references[0].deref() === undefined, push.closed)
  },

  "timers run while many messages are sent and received": async (tools) => {
    const { zmq, say, closing, listen } = tools
    const [push, pull] = [
      closing(new zmq.Push({ sendHighWaterMark: 0, linger: 0 })),
      closing(new zmq.Pull({ receiveHighWaterMark: 0 })),
    ]
    push.connect(await listen(pull, "inproc"))
    let fired = 0
    const timer = setInterval(() => fired++, 0)
    for (let index = 0; index < 20000; index++) await push.send("x")
    say(fired >= 2)
    fired = 0
    for (let index = 0; index < 20000; index++) await pull.receive()
    say(fired >= 2)
    clearInterval(timer)
  },

  "many frames, and large frames": async (tools) => {
    const { say } = tools
    for (const scheme of ["tcp", "inproc"]) {
      const [one, other] = await connectedPairs(tools, scheme)
      await one.send(Array.from({ length: 1000 }, (_, index) => String(index)))
      const frames = await other.receive()
      say(frames.length, String(frames[999]))
      await one.send(Buffer.alloc(5_000_000, 3))
      const [large] = await other.receive()
      say(large.length, large[4_999_999])
    }
  },
}
