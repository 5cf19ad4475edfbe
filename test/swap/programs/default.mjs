import zmq from "zeromq"
import compat from "zeromq/v5-compat"

const pull = new zmq.Pull()
await pull.bind("inproc://default")
const push = compat.socket("push")
push.connect("inproc://default")
push.send(["task", "1"])
console.log(`${(await pull.receive()).join(" ")}, ${zmq.version}`)
push.close()
pull.close()
