import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Scanner;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.zeromq.ZMQ;

/**
 * JeroMQ sockets that the parent process controls. Each line of input is `call socket operation argument…`. Each line of
 * output is `call` and the result, or `call !` and the error. Frames are `=` and Base64. Every socket has its own thread, so
 * that a blocking call does not affect other sockets.
 */
class JeromqPeer {
    private static final ZMQ.Context context = ZMQ.context(1);
    private static final Map<String, JeromqPeer> peers = new HashMap<>();

    private final ExecutorService thread = Executors.newSingleThreadExecutor();
    private ZMQ.Socket socket;

    public static void main(String[] none) {
        Scanner input = new Scanner(System.in, StandardCharsets.UTF_8);
        while (input.hasNextLine()) {
            String[] words = input.nextLine().split(" ");
            JeromqPeer peer = peers.computeIfAbsent(words[1], name -> new JeromqPeer());
            peer.thread.execute(() -> answer(words[0], peer, words));
        }
        // Does not wait for blocking calls, which may never return.
        Runtime.getRuntime().halt(0);
    }

    private static void answer(String call, JeromqPeer peer, String[] words) {
        String result;
        try {
            result = peer.perform(words[2], List.of(words).subList(3, words.length));
        } catch (Exception error) {
            result = "! " + error;
        }
        synchronized (System.out) {
            System.out.println((call + " " + result).trim());
            System.out.flush();
        }
    }

    private String perform(String operation, List<String> arguments) throws Exception {
        switch (operation) {
            case "make":
                socket = context.socket(ZMQ.class.getField(arguments.get(0)).getInt(null));
                socket.setLinger(0);
                if (arguments.size() > 1) socket.setIdentity(decode(arguments.get(1)));
                return "";
            case "bind":
                return "tcp://127.0.0.1:" + socket.bindToRandomPort("tcp://127.0.0.1");
            case "connect":
                socket.connect(arguments.get(0));
                return "";
            case "subscribe":
                socket.subscribe(decode(arguments.get(0)));
                return "";
            case "unsubscribe":
                socket.unsubscribe(decode(arguments.get(0)));
                return "";
            case "send":
                for (int index = 0; index < arguments.size(); index++) {
                    boolean more = index < arguments.size() - 1;
                    if (!socket.send(decode(arguments.get(index)), more ? ZMQ.SNDMORE : 0)) {
                        throw new IllegalStateException("Not sent");
                    }
                }
                return "";
            case "receive":
                List<String> frames = new ArrayList<>();
                do frames.add(encode(socket.recv(0)));
                while (socket.hasReceiveMore());
                return String.join(" ", frames);
            case "close":
                socket.close();
                thread.shutdown();
                return "";
            default:
                throw new IllegalArgumentException(operation);
        }
    }

    private static byte[] decode(String frame) {
        return Base64.getDecoder().decode(frame.substring(1));
    }

    private static String encode(byte[] frame) {
        return "=" + Base64.getEncoder().encodeToString(frame);
    }
}
