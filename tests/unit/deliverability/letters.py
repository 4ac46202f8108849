"""Mails as mail servers and readers really send them back."""

DSN = """\
From: Mail Delivery System <MAILER-DAEMON@mx.example.net>
To: {to}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: text/plain

I'm sorry to have to inform you that your message could not be delivered.

--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net
Arrival-Date: Sun, 1 Mar 2026 09:00:00 +0000

Final-Recipient: rfc822; {final}
Original-Recipient: rfc822;{address}
Action: {action}
Status: {status}
Remote-MTA: dns; mx.example.org
Diagnostic-Code: smtp; {words}

--B
Content-Type: text/rfc822-headers

From: Shop <news@shop.example>
To: {address}
Message-ID: <{message}@shop.example>
Subject: Hello

--B--
"""

ARF = """\
From: <feedback@provider.example>
To: <abuse@shop.example>
Subject: FW: Hello
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="A"

--A
Content-Type: text/plain

This is an email abuse report for an email message.

--A
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: SomeGenerator/1.0
Version: 1
Original-Mail-From: <news@shop.example>
Original-Rcpt-To: <{address}>

--A
Content-Type: message/rfc822

From: <news@shop.example>
To: <{address}>
Message-ID: <{message}@shop.example>
Subject: Hello

Text
--A--
"""

AWAY = """\
From: Ada <{address}>
To: news@shop.example
Subject: Out of office
Auto-Submitted: auto-replied
In-Reply-To: <{message}@shop.example>

I am away until Monday.
"""

EXIM = """\
Return-path: <>
From: Mail Delivery System <Mailer-Daemon@exim.example>
To: news@shop.example
Subject: Mail delivery failed: returning message to sender
X-Failed-Recipients: {address}

This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  {address}
    host mx.example.org [192.0.2.1]: 550 5.1.1 <{address}>: Recipient address rejected: User unknown

------ This is a copy of the message, including all the headers. ------

Message-ID: <{message}@shop.example>
"""

PLAIN = {
    "to": "news@shop.example",
    "address": "ada@example.org",
    "final": "ada@example.org",
    "action": "failed",
    "status": "5.1.1",
    "words": "550 5.1.1 <ada@example.org>: no such user here",
    "message": "msg_z8",
    "kind": "abuse",
}


def letter(text, **given):
    return text.format(**PLAIN | given).replace("\n", "\r\n").encode()
