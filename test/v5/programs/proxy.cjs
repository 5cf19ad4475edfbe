const { zmq, bind, next, tell, attempt } = require("../stage.cjs")

async function through(front, back, client, worker, { captured, request, reply }) {
  const [frontend, backend] = [zmq.socket(front), zmq.socket(back)]
  const capture = captured === undefined ? undefined : zmq.socket("push")
  const sink = captured === undefined ? undefined : zmq.socket("pull")
  if (capture) capture.connect(await bind(sink))
  const [frontAddress, backAddress] = [await bind(frontend), await bind(backend)]
  attempt(`${front} to ${back}`, () => zmq.proxy(frontend, backend, capture))
  const [left, right] = [zmq.socket(client), zmq.socket(worker)]
  left.connect(frontAddress)
  right.connect(backAddress)
  const copies = captured ? next(sink, "message", captured) : []
  await request(left, right)
  await reply(left, right)
  for (const frames of await copies) tell("captured", ...frames)
  for (const socket of [frontend, backend, left, right]) socket.close()
  if (capture) capture.close()
  if (sink) sink.close()
}

const nothing = async () => undefined

async function dealOut(sender, receiver) {
  const messages = next(receiver, "message", 2)
  sender.send("one")
  sender.send(["two", "frames"])
  tell(...(await messages))
}

async function run() {
  for (const capture of [undefined, 2]) {
    await through("push", "pull", "pull", "push", {
      captured: capture,
      request: (left, right) => dealOut(right, left),
      reply: nothing,
    })
    await through("pull", "push", "push", "pull", {
      captured: capture && 0,
      request: dealOut,
      reply: nothing,
    })
    await through("xpub", "xsub", "sub", "pub", {
      captured: capture && 1,
      request: async (sub) => sub.subscribe("a"),
      reply: async (sub, pub) => {
        const message = next(sub, "message")
        const again = setInterval(() => pub.send(["a", "news"]), 5)
        tell(await message)
        clearInterval(again)
      },
    })
    for (const [front, back] of [
      ["router", "dealer"],
      ["xrep", "xreq"],
    ]) {
      await through(front, back, "req", "rep", {
        captured: capture && 1,
        request: async (req, rep) => {
          const message = next(rep, "message")
          req.send(["question", "of two"])
          tell(...(await message))
        },
        reply: async (req, rep) => {
          const message = next(req, "message")
          rep.send(["answer", "of two"])
          tell(...(await message))
        },
      })
    }
  }
  for (const [front, back] of [
    ["pull", "pull"],
    ["xsub", "xpub"],
    ["dealer", "router"],
    ["req", "rep"],
  ]) {
    const [frontend, backend] = [zmq.socket(front), zmq.socket(back)]
    attempt(`${front} to ${back}`, () => zmq.proxy(frontend, backend))
    frontend.close()
    backend.close()
  }
}

run()
