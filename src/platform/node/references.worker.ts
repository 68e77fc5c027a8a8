import { parentPort, type MessagePort } from 'node:worker_threads';
import { answerTo, type ReferenceCall } from '../../artefact/referenceCall';

/** Runs the references of codecs in a thread of its own. */
parentPort!.on('message', ({ port, ...call }: ReferenceCall & { port: MessagePort }) => {
  void answerTo(call).then((answer) => port.postMessage(answer));
});
