/* limits.h - limits that more than one module keeps; each has its source. */
#ifndef ZG_BASE_LIMITS_H
#define ZG_BASE_LIMITS_H

#define ZG_LIMIT_SMTP_LINE 1000u		/* octets of a command line with CRLF; RFC 5321 4.5.3.1.4 asks 512 at least */
#define ZG_LIMIT_TEXT_LINE 998u			/* octets without CRLF, RFC 5322 2.1.1 */
#define ZG_LIMIT_HEADER (256u * 1024u)		/* octets of the header block */
#define ZG_LIMIT_FIELDS 1000u			/* header fields */
#define ZG_LIMIT_MESSAGE (50u * 1024u * 1024u)	/* octets, unless configured */
#define ZG_LIMIT_RECIPIENTS 1000u		/* of one message; RFC 5321 4.5.3.1.8 asks 100 at least */
#define ZG_LIMIT_RECEIVED 50u			/* Received fields, RFC 5321 6.3 */
#define ZG_LIMIT_SIGNATURES 8u			/* DKIM signatures verified */
#define ZG_LIMIT_QUESTIONS 40u			/* DNS questions for one message */
#define ZG_LIMIT_DOMAIN 255u			/* octets of a domain name, RFC 1035 2.3.4 */
#define ZG_LIMIT_LABEL 63u			/* octets of a label */
#define ZG_LIMIT_LOCAL 64u			/* octets of a local part, RFC 5321 4.5.3.1.1 */
#define ZG_LIMIT_PATH 254u			/* octets of an address, RFC 5321 4.5.3.1.3 and erratum 1690 */

#endif
