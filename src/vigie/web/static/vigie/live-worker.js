// One event stream for all tabs of a browser. A tab that joins later gets what came since its page was made.
let source;
let tower;
const recent = [];
const ports = new Set();
const TYPES = ["mentions", "tower", "alerts", "room"];
const heard = (type) => (event) => {
  const message = { type, data: JSON.parse(event.data), id: parseInt(event.lastEventId, 10) || 0 };
  if (type === "tower") tower = message;
  else if (recent.push(message) > 500) recent.shift();
  ports.forEach((port) => port.postMessage(message));
};
onconnect = ({ ports: [port] }) => {
  port.onmessage = ({ data }) => {
    if (data.bye) {
      ports.delete(port);
      if (!ports.size) {
        source?.close();
        source = null;
      }
      return;
    }
    ports.add(port);
    if (!source || source.readyState === 2) {
      recent.length = 0;
      tower = null;
      source = new EventSource(`${data.address}?after=${data.after}`);
      TYPES.forEach((type) => source.addEventListener(type, heard(type)));
      return;
    }
    // A place is the highest number seen, then those below it that had not appeared (see journal/place.py).
    const [last, ...missing] = String(data.after).split("-").map(Number);
    const missed = recent.filter((message) => message.id > last || (missing.length && message.id >= last));
    missed.forEach((message) => port.postMessage(message));
    if (missed.length && tower) port.postMessage(tower);
  };
  port.start();
};
