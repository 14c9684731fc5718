// The AWS SDK for JavaScript and nodemailer against the server in AWS_ENDPOINT_URL; prints one JSON object.
import { createHash, randomBytes } from "node:crypto";
import * as v1 from "@aws-sdk/client-ses";
import * as v2 from "@aws-sdk/client-sesv2";
import nodemailer from "nodemailer";

const options = { region: "us-east-1", endpoint: process.env.AWS_ENDPOINT_URL, maxAttempts: 1 };
const ses = new v1.SESClient(options);
const sesv2 = new v2.SESv2Client(options);
const said = { errors: {}, ids: {}, files: {} };
const from = "me@example.com";
const to = "you@example.org";
const simple = { Subject: { Data: "Grün" }, Body: { Text: { Data: "text" }, Html: { Data: "<b>html</b>" } } };

async function thrown(name, client, command, kind) {
  try {
    await client.send(command);
    said.errors[name] = "nothing";
  } catch (error) {
    said.errors[name] = [error instanceof kind, error.name, error.$metadata.httpStatusCode, error.message];
  }
}

function digest(content) {
  return createHash("sha256").update(content).digest("hex");
}

await ses.send(new v1.VerifyDomainIdentityCommand({ Domain: "example.com" }));
said.identity = (await sesv2.send(new v2.GetEmailIdentityCommand({ EmailIdentity: "example.com" }))).IdentityType;
await ses.send(new v1.CreateTemplateCommand({
  Template: { TemplateName: "t", SubjectPart: "Hi {{name}}", TextPart: "{{name}}" },
}));
const listed = await sesv2.send(new v2.ListEmailTemplatesCommand({}));
said.created = listed.TemplatesMetadata.map((one) => [one.TemplateName, one.CreatedTimestamp instanceof Date]);

const send = { Source: from, Destination: { ToAddresses: [to] } };
said.ids.v1 = (await ses.send(new v1.SendEmailCommand({ ...send, Message: simple }))).MessageId;
const data = { Template: "t", TemplateData: JSON.stringify({ name: "Ann" }) };
said.ids.templated = (await ses.send(new v1.SendTemplatedEmailCommand({ ...send, ...data }))).MessageId;
const raw = Buffer.from(`From: ${from}\r\nTo: ${to}\r\nSubject: raw\r\n\r\nline\r\n`);
said.ids.raw = (await ses.send(new v1.SendRawEmailCommand({ RawMessage: { Data: raw } }))).MessageId;

const mail = { FromEmailAddress: from, Destination: { ToAddresses: [to] } };
const file = randomBytes(100_000);
said.files.v2 = digest(file);
said.ids.v2 = (await sesv2.send(new v2.SendEmailCommand({
  ...mail, Content: { Simple: { ...simple, Attachments: [{ FileName: "bytes.bin", RawContent: file }] } },
}))).MessageId;
const bulk = await sesv2.send(new v2.SendBulkEmailCommand({
  FromEmailAddress: from,
  DefaultContent: { Template: { TemplateName: "t", TemplateData: JSON.stringify({ name: "all" }) } },
  BulkEmailEntries: [{ Destination: { ToAddresses: [to] } }, { Destination: { ToAddresses: ["plain"] } }],
}));
said.bulk = bulk.BulkEmailEntryResults.map((one) => one.Status);

const stranger = { Source: "me@other.com", Destination: { ToAddresses: [to] }, Message: simple };
await thrown("v1 MessageRejected", ses, new v1.SendEmailCommand(stranger), v1.MessageRejected);
await thrown("v1 TemplateDoesNotExist", ses, new v1.GetTemplateCommand({ TemplateName: "no" }),
  v1.TemplateDoesNotExistException);
await thrown("v1 ConfigurationSetDoesNotExist", ses,
  new v1.SendEmailCommand({ ...send, Message: simple, ConfigurationSetName: "no" }),
  v1.ConfigurationSetDoesNotExistException);
await thrown("v1 MissingRenderingAttribute", ses,
  new v1.TestRenderTemplateCommand({ TemplateName: "t", TemplateData: "{}" }), v1.MissingRenderingAttributeException);
await thrown("v2 MessageRejected", sesv2, new v2.SendEmailCommand({
  ...mail, FromEmailAddress: "me@other.com", Content: { Simple: simple },
}), v2.MessageRejected);
await thrown("v2 NotFound", sesv2, new v2.GetEmailIdentityCommand({ EmailIdentity: "no.com" }), v2.NotFoundException);
await thrown("v2 AlreadyExists", sesv2, new v2.CreateEmailIdentityCommand({ EmailIdentity: "example.com" }),
  v2.AlreadyExistsException);
await thrown("v2 BadRequest", sesv2, new v2.SendEmailCommand({
  ...mail, Destination: { ToAddresses: ["plain"] }, Content: { Simple: simple },
}), v2.BadRequestException);

const transport = nodemailer.createTransport({ SES: { sesClient: sesv2, SendEmailCommand: v2.SendEmailCommand } });
const contents = [randomBytes(54_321), Buffer.from(Array.from({ length: 256 }, (_, n) => n)), Buffer.alloc(0)];
said.files.nodemailer = contents.map(digest);
const sent = await transport.sendMail({
  from: "Jörg <me@example.com>",
  to,
  bcc: "hidden@example.org",
  subject: "Grüße",
  text: "text",
  html: '<img src="cid:logo">',
  attachments: [
    { filename: "a.bin", content: contents[0] },
    { filename: "bücher.dat", content: contents[1] },
    { filename: "empty.txt", content: contents[2] },
    { filename: "logo.png", content: Buffer.from("89504e47", "hex"), cid: "logo" },
  ],
});
said.ids.nodemailer = /<?([^@>]+)/.exec(sent.messageId)[1];
process.stdout.write(JSON.stringify(said));
