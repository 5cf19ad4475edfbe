const ZAP = "inproc://zeromq.zap.01"

/** Answers every ZAP request with the result of `judge`, and records the requests. */
async function handleZap({ zmq, closing, say, text }, context, judge) {
  const handler = closing(new zmq.Router({ context, linger: 0 }))
  await handler.bind(ZAP)
  const serving = (async () => {
    for await (const [path, delimiter, version, id, domain, address, identity, mechanism, ...credentials] of handler) {
      say(
        "asked",
        text([delimiter, version, id, domain, address, identity, mechanism]),
        credentials.map(({ length }) => length),
      )
      await handler.send([path, delimiter, ...judge({ version, id, credentials: text(credentials) })])
    }
  })()
  serving.catch(() => undefined)
}

/** The events of a socket up to one whose type is in `last`, with their errors. */
async function eventsUntil(socket, { problem, anonymous }, ...last) {
  const events = []
  for await (const { type, error } of socket.events) {
    events.push(!type.includes("error") ? type : [type, anonymous(problem(error))])
    if (last.includes(type)) return events
  }
}

const allow = ({ version, id }) => [version, id, "200", "OK", "user", null]
const refuse =
  (status) =>
  ({ version, id }) => [version, id, status, "no", "", ""]

export default {
  "PLAIN, with a handler that accepts": async (tools) => {
    const { zmq, say, closing, listen, text } = tools
    const context = new zmq.Context()
    await handleZap(tools, context, ({ version, id, credentials }) => [
      version,
      id,
      credentials[1] === "right" ? "200" : "400",
      "",
      "",
      "",
    ])
    const server = closing(new zmq.Pair({ context, plainServer: true, zapDomain: "domain", linger: 0 }))
    const client = closing(new zmq.Pair({ context, plainUsername: "user", plainPassword: "right", linger: 0 }))
    say(server.securityMechanism, client.securityMechanism)
    client.connect(await listen(server))
    await client.send("in")
    say(text(await server.receive()))
    await server.send("out")
    say(text(await client.receive()))
  },

  "PLAIN, rejected with each status": async (tools) => {
    const { zmq, say, closing, listen } = tools
    for (const status of ["400", "500"]) {
      const context = new zmq.Context()
      await handleZap(tools, context, refuse(status))
      const server = closing(new zmq.Pair({ context, plainServer: true, linger: 0 }))
      const client = closing(
        new zmq.Pair({ context, plainUsername: "u", plainPassword: "p", linger: 0, reconnectInterval: -1 }),
      )
      const endpoint = await listen(server)
      const histories = [eventsUntil(server, tools, "disconnect"), eventsUntil(client, tools, "disconnect")]
      client.connect(endpoint)
      say(status, await Promise.all(histories))
    }
  },

  "a handler with invalid replies": async (tools) => {
    const { zmq, say, closing, listen } = tools
    const answers = {
      version: ({ id }) => ["2.0", id, "200", "OK", "", ""],
      "request id": ({ version }) => [version, "other", "200", "OK", "", ""],
      status: ({ version, id }) => [version, id, "123", "OK", "", ""],
      "number of frames": ({ version, id }) => [version, id, "200"],
    }
    for (const [what, judge] of Object.entries(answers)) {
      const context = new zmq.Context()
      await handleZap(tools, context, judge)
      const server = closing(new zmq.Pair({ context, plainServer: true, linger: 0 }))
      const client = closing(
        new zmq.Pair({ context, plainUsername: "u", plainPassword: "p", linger: 0, reconnectInterval: -1 }),
      )
      const endpoint = await listen(server)
      const ended = eventsUntil(server, tools, "disconnect")
      client.connect(endpoint)
      say(what, await ended)
    }
  },

  "NULL, authenticated with a domain, and without one": async (tools) => {
    const { zmq, say, closing, listen, text } = tools
    const context = new zmq.Context()
    await handleZap(tools, context, allow)
    for (const zapDomain of ["here", undefined]) {
      const server = closing(new zmq.Pull({ context, linger: 0, ...(zapDomain && { zapDomain }) }))
      const client = closing(new zmq.Push({ context, linger: 0 }))
      client.connect(await listen(server))
      await client.send("x")
      say(zapDomain, text(await server.receive()))
    }
  },

  "CURVE, bound by either side, authenticated or not": async (tools) => {
    const { zmq, say, closing, listen, text } = tools
    const [server, client] = [zmq.curveKeyPair(), zmq.curveKeyPair()]
    for (const asked of [false, true]) {
      const context = new zmq.Context()
      if (asked) await handleZap(tools, context, allow)
      const bound = closing(
        new zmq.Pair({
          context,
          linger: 0,
          curveServerKey: server.publicKey,
          curvePublicKey: client.publicKey,
          curveSecretKey: client.secretKey,
        }),
      )
      const connected = closing(
        new zmq.Pair({ context, linger: 0, curveServer: true, curveSecretKey: server.secretKey }),
      )
      say(bound.securityMechanism, connected.securityMechanism)
      connected.connect(await listen(bound))
      await bound.send(["secret", Buffer.alloc(1000)])
      say(text(await connected.receive())[0])
      await connected.send("answer")
      say(text(await bound.receive()))
    }
  },

  "CURVE, with a wrong server key": async (tools) => {
    const { zmq, say, closing, listen } = tools
    const [server, client] = [zmq.curveKeyPair(), zmq.curveKeyPair()]
    const bound = closing(new zmq.Pair({ linger: 0, curveServer: true, curveSecretKey: server.secretKey }))
    const connected = closing(
      new zmq.Pair({
        linger: 0,
        reconnectInterval: -1,
        curveServerKey: client.publicKey,
        curvePublicKey: client.publicKey,
        curveSecretKey: client.secretKey,
      }),
    )
    const endpoint = await listen(bound)
    const histories = [eventsUntil(bound, tools, "disconnect"), eventsUntil(connected, tools, "disconnect")]
    connected.connect(endpoint)
    say(await Promise.all(histories))
  },

  "PLAIN without a handler": async (tools) => {
    const { zmq, say, closing, listen } = tools
    const context = new zmq.Context()
    const server = closing(new zmq.Pair({ context, plainServer: true, linger: 0 }))
    const client = closing(
      new zmq.Pair({ context, plainUsername: "u", plainPassword: "p", linger: 0, reconnectInterval: -1 }),
    )
    const endpoint = await listen(server)
    const histories = [eventsUntil(server, tools, "disconnect"), eventsUntil(client, tools, "disconnect")]
    client.connect(endpoint)
    say(await Promise.all(histories))
  },

  "no security over inproc": async ({ zmq, say, closing, listen, text }) => {
    const server = closing(new zmq.Pull({ plainServer: true, zapDomain: "x", linger: 0 }))
    const client = closing(new zmq.Push({ linger: 0 }))
    client.connect(await listen(server, "inproc"))
    await client.send("x")
    say(text(await server.receive()))
  },
}
