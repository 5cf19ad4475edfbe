import { createHash, createHmac } from "node:crypto"

/** Signs the parts of a message as Jupyter does. */
function sign(key, parts) {
  const hmac = createHmac("sha256", key)
  for (const part of parts) hmac.update(part)
  return hmac.digest("hex")
}

export default {
  "a Jupyter client with a kernel: four channels that share one routing id, and its heartbeat": async (tools) => {
    const { zmq, say, closing, listen, text } = tools
    const key = "secret"
    const encode = (type, content) => {
      const parts = [{ msg_type: type, session: "s" }, {}, {}, content].map((part) => JSON.stringify(part))
      return ["<IDS|MSG>", sign(key, parts), ...parts]
    }
    const decode = (message) => {
      const frames = text(message)
      const at = frames.indexOf("<IDS|MSG>")
      const parts = frames.slice(at + 2)
      return {
        ids: frames.slice(0, at),
        valid: frames[at + 1] === sign(key, parts),
        type: JSON.parse(parts[0]).msg_type,
        content: JSON.parse(parts[3]),
      }
    }

    const kernel = {
      shell: closing(new zmq.Router({ linger: 0 })),
      control: closing(new zmq.Router({ linger: 0 })),
      stdin: closing(new zmq.Router({ linger: 0 })),
      iopub: closing(new zmq.XPublisher({ linger: 0 })),
      heartbeat: closing(new zmq.Reply({ linger: 0 })),
    }
    const endpoints = {}
    for (const [name, socket] of Object.entries(kernel)) endpoints[name] = await listen(socket)
    const routingId = "client-1"
    const client = {
      shell: closing(new zmq.Dealer({ routingId, linger: 0 })),
      control: closing(new zmq.Dealer({ routingId, linger: 0 })),
      stdin: closing(new zmq.Dealer({ routingId, linger: 0 })),
      iopub: closing(new zmq.Subscriber()),
      heartbeat: closing(new zmq.Request({ linger: 0 })),
    }
    client.iopub.subscribe()
    for (const [name, socket] of Object.entries(client)) socket.connect(endpoints[name])
    say(text(await kernel.iopub.receive()))

    const heard = (async () => {
      const seen = []
      for await (const message of client.iopub) {
        const { ids, valid, type, content } = decode(message)
        seen.push([ids, valid, type, content])
        if (content.execution_state === "idle") return seen
      }
    })()
    const serving = (async () => {
      for await (const message of kernel.shell) {
        const { ids, valid, type, content } = decode(message)
        say("kernel", ids, valid, type, content)
        await kernel.iopub.send(["status", ...encode("status", { execution_state: "busy" })])
        await kernel.stdin.send([ids[0], ...encode("input_request", { prompt: "name?" })])
        const input = decode(await kernel.stdin.receive())
        say("kernel", input.ids, input.valid, input.type, input.content)
        await kernel.iopub.send(["stream", ...encode("stream", { text: `hello ${input.content.value}` })])
        await kernel.shell.send([ids[0], ...encode("execute_reply", { status: "ok" })])
        await kernel.iopub.send(["status", ...encode("status", { execution_state: "idle" })])
        return
      }
    })()
    await client.shell.send(encode("execute_request", { code: "input()" }))
    const question = decode(await client.stdin.receive())
    say("client", question.valid, question.type, question.content)
    await client.stdin.send(encode("input_reply", { value: "you" }))
    const reply = decode(await client.shell.receive())
    say("client", reply.ids, reply.valid, reply.type, reply.content)
    await serving
    say(await heard)
    await client.control.send(encode("interrupt_request", {}))
    say(decode(await kernel.control.receive()))
    await client.heartbeat.send("ping")
    const [ping] = await kernel.heartbeat.receive()
    await kernel.heartbeat.send(ping)
    say(text(await client.heartbeat.receive()))
  },

  "a bitcoind subscriber: binary bodies, sequence numbers, and its own topics": async ({
    zmq,
    say,
    closing,
    listen,
    text,
  }) => {
    const node = closing(new zmq.XPublisher({ linger: 0, sendHighWaterMark: 0 }))
    const subscriber = closing(new zmq.Subscriber({ receiveHighWaterMark: 0 }))
    subscriber.connect(await listen(node))
    subscriber.subscribe("rawtx", "hashblock")
    say([text(await node.receive()), text(await node.receive())].flat().sort())
    const sequence = (number) => {
      const bytes = Buffer.alloc(4)
      bytes.writeUInt32LE(number)
      return bytes
    }
    const reading = (async () => {
      const seen = []
      for await (const [topic, body, number] of subscriber) {
        seen.push([String(topic), createHash("sha1").update(body).digest("hex").slice(0, 8), number.readUInt32LE()])
        if (seen.length === 7) return seen
      }
    })()
    for (let number = 0; number < 5; number++) {
      await node.send(["rawtx", Buffer.alloc(200 + number * 1000, number), sequence(number)])
      await node.send(["rawblock", Buffer.alloc(10), sequence(number)])
    }
    await node.send(["hashblock", Buffer.alloc(32, 1), sequence(0)])
    await node.send(["hashblock", Buffer.alloc(32, 0xff), sequence(0xffffffff)])
    say(await reading)
  },

  "a broker with ROUTER and DEALER through a proxy, two clients and two workers": async ({
    zmq,
    say,
    closing,
    listen,
  }) => {
    const [front, back] = [closing(new zmq.Router({ linger: 0 })), closing(new zmq.Dealer({ linger: 0 }))]
    const [clientSide, workerSide] = [await listen(front), await listen(back)]
    const proxy = new zmq.Proxy(front, back)
    const run = proxy.run()
    const work = async () => {
      const worker = closing(new zmq.Reply({ linger: 0 }))
      worker.connect(workerSide)
      for await (const [number] of worker) await worker.send([String(Number(number) ** 2)])
    }
    const workers = [work(), work()]
    const ask = async (numbers) => {
      const client = closing(new zmq.Request({ linger: 0 }))
      client.connect(clientSide)
      const answers = []
      for (const number of numbers) {
        await client.send(String(number))
        answers.push(Number((await client.receive())[0]))
      }
      return answers
    }
    say(await Promise.all([ask([1, 2, 3, 4]), ask([5, 6, 7])]))
    proxy.terminate()
    await run
    say(front.closed, back.closed, workers.length)
  },

  "a majordomo broker, its worker, and its client": async ({ zmq, say, closing, listen, text }) => {
    const [READY, REQUEST, REPLY, DISCONNECT] = ["\x01", "\x02", "\x03", "\x05"]
    const broker = closing(new zmq.Router({ linger: 0 }))
    const endpoint = await listen(broker)
    let registered
    const workerReady = new Promise((resolve) => (registered = resolve))
    const serving = (async () => {
      const services = new Map()
      const waiting = []
      const dispatch = async () => {
        for (const [index, { client, service, body }] of waiting.entries()) {
          const worker = services.get(service)?.shift()
          if (worker === undefined) continue
          waiting.splice(index, 1)
          await broker.send([worker, null, "MDPW01", REQUEST, client, null, ...body])
          return
        }
      }
      for await (const [sender, empty, header, command, ...rest] of broker) {
        say("broker", empty.length, String(header), header.toString() === "MDPC01" ? text(command) : command[0])
        if (header.toString() === "MDPC01") waiting.push({ client: sender, service: String(command), body: rest })
        else if (command.toString() === READY) {
          const name = String(rest[0])
          services.set(name, [...(services.get(name) ?? []), sender])
          registered()
        } else if (command.toString() === REPLY) {
          const [client, , ...body] = rest
          await broker.send([client, null, "MDPC01", "echo", ...body])
          services.get("echo").push(sender)
        } else if (command.toString() === DISCONNECT) return
        await dispatch()
      }
    })()
    const worker = closing(new zmq.Dealer({ linger: 0 }))
    worker.connect(endpoint)
    await worker.send([null, "MDPW01", READY, "echo"])
    const working = (async () => {
      for await (const [, header, command, client, , ...body] of worker) {
        say("worker", text([header, command, ...body]))
        await worker.send([null, "MDPW01", REPLY, client, null, ...body, "!"])
      }
    })()
    await workerReady
    const client = closing(new zmq.Request({ linger: 0 }))
    client.connect(endpoint)
    for (const word of ["hello", "again"]) {
      await client.send(["MDPC01", "echo", word])
      say("client", text(await client.receive()))
    }
    await worker.send([null, "MDPW01", DISCONNECT])
    await serving
    worker.close()
    await working
  },

  "a service of requests and events, as in frameworks": async ({ zmq, say, closing, listen }) => {
    const server = closing(new zmq.Router({ linger: 0 }))
    const endpoint = await listen(server)
    const routes = {
      sum: (numbers) => numbers.reduce((sum, number) => sum + number, 0),
      fail: () => {
        throw new Error("no such luck")
      },
    }
    const serving = (async () => {
      for await (const [peer, packet] of server) {
        const { id, pattern, data } = JSON.parse(packet)
        if (id === undefined) {
          say("event", pattern, data)
          if (pattern === "stop") return
          continue
        }
        let answer
        try {
          answer = { id, response: routes[pattern](data), isDisposed: true }
        } catch (error) {
          answer = { id, err: error.message, isDisposed: true }
        }
        await server.send([peer, JSON.stringify(answer)])
      }
    })()
    const client = closing(new zmq.Dealer({ linger: 0 }))
    client.connect(endpoint)
    const pending = new Map()
    const reading = (async () => {
      for await (const [packet] of client) {
        const { id, ...answer } = JSON.parse(packet)
        pending.get(id)(answer)
      }
    })()
    let last = 0
    let line = Promise.resolve()
    const post = (packet) => (line = line.then(() => client.send(JSON.stringify(packet))))
    const request = (pattern, data) =>
      new Promise((resolve) => {
        const id = ++last
        pending.set(id, resolve)
        post({ id, pattern, data })
      })
    say(await Promise.all([request("sum", [1, 2, 3]), request("fail"), request("sum", [])]))
    await post({ pattern: "happened", data: { at: 1 } })
    await post({ pattern: "stop" })
    await serving
    client.close()
    await reading
  },

  "heartbeats keep a quiet connection, and a timeout ends a dead one": async ({ zmq, say, closing, listen }) => {
    const pull = closing(new zmq.Pull({ heartbeatInterval: 10, heartbeatTimeout: 5000, heartbeatTimeToLive: 5000 }))
    const push = closing(new zmq.Push({ heartbeatInterval: 10, linger: 0 }))
    push.connect(await listen(pull))
    for (let index = 0; index < 3; index++) {
      await push.send(String(index))
      say((await pull.receive()).map(String))
    }
  },

  "several publishers to one subscriber, over three transports": async ({ zmq, say, closing, listen, text }) => {
    const subscriber = closing(new zmq.Subscriber())
    subscriber.subscribe("news")
    const publishers = []
    for (const scheme of ["tcp", "ipc", "inproc"]) {
      const publisher = closing(new zmq.XPublisher({ linger: 0 }))
      subscriber.connect(await listen(publisher, scheme))
      say(scheme, text(await publisher.receive()))
      publishers.push([scheme, publisher])
    }
    for (const [scheme, publisher] of publishers) {
      const received = subscriber.receive()
      await publisher.send(["news", scheme])
      say(text(await received))
    }
  },
}
