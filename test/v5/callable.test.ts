import { expect } from "chai"
import { EventEmitter } from "node:events"
import { inherits } from "node:util"
import { Socket } from "../../src/v5-compat.js"
import { closing } from "../support/closing.js"

describe("the class Socket of zeromq.js 5", () => {
  const use = closing()

  it("can be called without new", () => {
    const call = Socket as unknown as (type: string) => Socket
    const socket = use(call("pull"))
    expect(socket).to.be.instanceOf(Socket).and.instanceOf(EventEmitter)
    expect([socket.type, socket.constructor]).to.deep.equal(["pull", Socket])
  })

  it("initializes an object of a class that predates `class`", () => {
    function Old(this: Socket): void {
      ;(Socket as unknown as (this: Socket, type: string) => void).call(this, "pull")
    }
    inherits(Old, Socket)
    const socket = use(new (Old as unknown as new () => Socket)())
    expect(socket).to.be.instanceOf(Old).and.instanceOf(Socket)
    const heard: string[] = []
    socket.on("greeting", (text: string) => heard.push(text))
    socket.emit("greeting", "hello")
    expect([socket.type, heard]).to.deep.equal(["pull", ["hello"]])
  })

  it("can be extended", () => {
    class Named extends Socket {
      readonly name = "mine"
    }
    const socket = use(new Named("pull"))
    expect(socket).to.be.instanceOf(Named).and.instanceOf(Socket)
    expect([socket.name, socket.type]).to.deep.equal(["mine", "pull"])
  })

  it("rejects unknown types, including properties that every object has", () => {
    for (const type of ["none", "toString", undefined]) {
      expect(() => new Socket(type as "pull")).to.throw(`Invalid socket type: ${String(type)}`)
    }
  })
})
