/** A fake trace collector: it accepts OTLP over HTTP, and decodes the fields that tests need. */
import type { IncomingHttpHeaders } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { serve } from 'shared/test/serve.ts';

export interface ExportedSpan {
  traceId: string;
  spanId: string;
  /** Empty for the first span of a trace. */
  parentId: string;
  name: string;
  service: string;
  /** The attributes of the resource, which is the service. */
  resource: Record<string, Attribute>;
  attributes: Record<string, Attribute>;
}

type Attribute = string | number | string[];

/** Listens until the test is finished; `spans` has those that came so far. */
export async function startCollector(): Promise<{
  url: string;
  spans: ExportedSpan[];
  /** The headers of each request. */
  requests: IncomingHttpHeaders[];
}> {
  const spans: ExportedSpan[] = [];
  const requests: IncomingHttpHeaders[] = [];
  const url = await serve(async (request, response) => {
    requests.push(request.headers);
    const body = await buffer(request);
    if (request.url === '/v1/traces') spans.push(...spansOf(body));
    response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
  });
  return { url, spans, requests };
}

/** A message as its fields, by their numbers (opentelemetry/proto/trace/v1/trace.proto). */
type Message = Map<number, (Buffer | number)[]>;

/** ExportTraceServiceRequest, down to its spans. */
function spansOf(body: Buffer): ExportedSpan[] {
  return messages(read(body), 1).flatMap((resourceSpans) => {
    const [resource] = messages(resourceSpans, 1);
    const ofResource = resource ? attributesOf(resource, 1) : {};
    return messages(resourceSpans, 2).flatMap((scopeSpans) =>
      messages(scopeSpans, 2).map((span) => ({
        traceId: bytes(span, 1).toString('hex'),
        spanId: bytes(span, 2).toString('hex'),
        parentId: bytes(span, 4).toString('hex'),
        name: bytes(span, 5).toString(),
        service: String(ofResource['service.name']),
        resource: ofResource,
        attributes: attributesOf(span, 9),
      })),
    );
  });
}

function attributesOf(message: Message, field: number): Record<string, Attribute> {
  return Object.fromEntries(
    messages(message, field).map((attribute) => {
      const [value = new Map()] = messages(attribute, 2);
      return [bytes(attribute, 1).toString(), anyValue(value)];
    }),
  );
}

/** AnyValue (opentelemetry/proto/common/v1/common.proto): a text, a number, or a list of texts. */
function anyValue(value: Message): Attribute {
  const [list] = messages(value, 5);
  if (list) return messages(list, 1).map((one) => String(anyValue(one)));
  const text = value.get(1)?.[0];
  return text === undefined ? Number(value.get(3)?.[0]) : String(text);
}

function messages(message: Message, field: number): Message[] {
  return (message.get(field) ?? []).map((value) => read(value as Buffer));
}

function bytes(message: Message, field: number): Buffer {
  return (message.get(field)?.[0] as Buffer | undefined) ?? Buffer.alloc(0);
}

/** Decodes the wire format of protobuf: varints, and fields with a length. Skips numbers of a fixed size. */
function read(source: Buffer): Message {
  const message: Message = new Map();
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = Number(source[at++]);
      value += (byte & 127) * shift;
      if (byte < 128) return value;
    }
  };
  while (at < source.length) {
    const tag = varint();
    const value = valueWith(tag % 8);
    message.set(Math.floor(tag / 8), [...(message.get(Math.floor(tag / 8)) ?? []), value]);
  }
  return message;

  function valueWith(wireType: number): Buffer | number {
    if (wireType === 0) return varint();
    const length = wireType === 2 ? varint() : wireType === 1 ? 8 : 4;
    at += length;
    return source.subarray(at - length, at);
  }
}
