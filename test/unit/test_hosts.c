/* test_hosts.c - hosts by their name servers and mail servers, and records in the form that each wants. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include <zegel/address.h>
#include <zegel/zone.h>
#include "lint/hosts.h"

static void text_is(struct zg_slice s, const char *is)
{
	if (!zg_slice_eq(s, zg_slice_cstr(is)))
		fail_msg("\"" ZG_FMT "\", wanted \"%s\"", ZG_ARG(s), is);
}

static const struct {
	const char *ns, *id;	/* NULL: nobody's */
} name_servers[] = {
	{ "ns0.transip.net", "transip" }, { "ns1.transip.nl.", "transip" }, { "NS2.TRANSIP.EU", "transip" },
	{ "ns3.combell.net", "combell" }, { "ns1.combell.eu", "combell" }, { "ns8.wixdns.net", "wix" }, { "ns21.lwsdns.com", "lws" },
	{ "ns1.easyhost.be", "easyhost" }, { "ns2.openprovider.be", "openprovider" }, { "ns1.mijn.host", "mijnhost" }, { "mijn.host", NULL },
	{ "ns.udag.org", "uniteddomains" }, { "ns.namespace4you.de", "domainfactory" }, { "maceio.ns.porkbun.com", "porkbun" },
	{ "www.porkbun.com", NULL }, { "dns13.ovh.net", "ovh" }, { "ns200.anycast.me", "ovh" },
	{ "amy.ns.cloudflare.com", "cloudflare" }, { "ns01.one.com", "one" }, { "ns1.bdm.microsoftonline.com", "microsoft365" },
	{ "ns-cloud-a1.googledomains.com", "google" }, { "ns1.dns-parking.com", "hostinger" }, { "ns1045.ui-dns.biz", "ionos" },
	{ "ns-23-b.gandi.net", "gandi" }, { "ns-1.awsdns-00.com", "route53" }, { "ns-2044.awsdns-63.co.uk", "route53" },
	{ "nszero1.axc.nl", "versio" }, { "ns.zxcs.be", "vimexx" }, { "ns1.hostnetbv.com", "hostnet" }, { "shades19.rzone.de", "strato" },
	{ "helium.ns.hetzner.de", "hetzner" }, { "ns.inwx.de", "inwx" }, { "ns1.digitalocean.com", "digitalocean" },
	{ "nsany1.infomaniak.com", "infomaniak" }, { "ns0.dom.scw.cloud", "scaleway" }, { "ns1-01.azure-dns.com", "azure" },
	{ "transip.net", NULL }, { "ns.nottransip.net", NULL }, { "ns.example.be", NULL }, { "", NULL }, { ".", NULL },
	{ "ns-1.awsdns-.com", NULL }, { "x.ns-1.awsdns-00.com", NULL }, { "ns1.transip.net.evil.example", NULL },
};

static void test_host_by_ns(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(name_servers) / sizeof(name_servers[0]); i++) {
		struct zg_slice ns[] = { ZG_S("ns.unknown.example"), zg_slice_cstr(name_servers[i].ns) };
		size_t by = 99;
		const struct zg_dns_host *h = zg_dns_host_of(ns, 2, &by);

		print_message("%s\n", name_servers[i].ns);
		assert_int_equal(h != NULL, name_servers[i].id != NULL);
		assert_int_equal(by, h ? 1 : 99);
		if (h)
			text_is(h->id, name_servers[i].id);
	}
	assert_null(zg_dns_host_of(NULL, 0, NULL));
}

static void test_table(void **state)
{
	static const char *const wanted[] = { "transip", "combell", "ovh", "cloudflare", "one", "microsoft365", "google", "hostinger", "ionos",
		"gandi", "route53", "cpanel", "plesk", "directadmin", "bind" };

	(void)state;
	text_is(zg_dns_host_at(0)->id, "generic");
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		assert_non_null(zg_dns_host_get(zg_slice_cstr(wanted[i])));
	assert_null(zg_dns_host_get(ZG_S("nobody")));
	for (size_t i = 0; i < zg_dns_host_count(); i++) {
		const struct zg_dns_host *h = zg_dns_host_at(i);

		assert_ptr_equal(zg_dns_host_get(h->id), h);	/* no id twice */
		assert_true(!i || h->name.n > 0);
		assert_true(!h->checked.n || !i || h->source.n > 0);
		assert_ptr_equal(zg_dns_host_form(h), h->checked.n ? h : zg_dns_host_at(0));
	}
	assert_ptr_equal(zg_dns_host_form(NULL), zg_dns_host_at(0));
}

static void test_fields(void **state)
{
	const struct zg_dns_host *h = zg_dns_host_get(ZG_S("strato"));

	(void)state;
	text_is(zg_dns_host_field(h, ZG_S("de"), ZG_HOST_NAME), "Pr\xc3\xa4" "fix");
	text_is(zg_dns_host_field(h, ZG_S("nl-BE"), ZG_HOST_VALUE), "Waarde");
	text_is(zg_dns_host_field(h, ZG_S("fr"), ZG_HOST_NAME), "Prefix");	/* not known: English */
	text_is(zg_dns_host_field(h, ZG_S(""), ZG_HOST_TYPE), "Type");
	text_is(zg_dns_host_field(zg_dns_host_get(ZG_S("inwx")), ZG_S("de"), ZG_HOST_NAME), "");
}

static const struct {
	const char *what, *id, *name, *zone, *is;
} names[] = {
	{ "relative", "transip", "zegel1._domainkey.example.be", "example.be", "zegel1._domainkey" },
	{ "relative, final dots, another case", "transip", "zegel1._domainkey.Example.be.", "example.BE.", "zegel1._domainkey" },
	{ "relative in a zone above", "transip", "_dmarc.shop.example.be", "example.be", "_dmarc.shop" },
	{ "the domain itself: @", "transip", "example.be", "example.be", "@" },
	{ "the domain itself: empty", "strato", "example.be", "example.be", "" },
	{ "a subdomain itself", "transip", "shop.example.be", "example.be", "shop" },
	{ "the domain itself at a host that was looked at: empty", "ovh", "example.be", "example.be", "" },
	{ "full, with a dot", "bind", "_dmarc.example.be", "example.be", "_dmarc.example.be." },
	{ "the domain itself, with a dot", "bind", "example.be", "example.be", "example.be." },
	{ "the domain itself, in full", "directadmin", "example.be", "example.be", "example.be" },
	{ "outside of the zone", "transip", "_dmarc.example.com", "example.be", "_dmarc.example.com" },
	{ "the end of a label is no zone", "transip", "notexample.be", "example.be", "notexample.be" },
};

static void test_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char mem[512];
		struct zg_arena a;

		print_message("%s\n", names[i].what);
		zg_arena_init_fixed(&a, mem, sizeof(mem));
		text_is(zg_host_name(zg_dns_host_get(zg_slice_cstr(names[i].id)), zg_slice_cstr(names[i].name), zg_slice_cstr(names[i].zone), &a),
			names[i].is);
	}
}

static void test_values(void **state)
{
	const struct zg_dns_host *plain = zg_dns_host_get(ZG_S("transip")), *pieces = zg_dns_host_get(ZG_S("route53"));
	struct zg_dns_host quoted = *plain;
	char mem[8192], text[700];
	struct zg_slice long_value = { text, sizeof(text) }, parts[8], s;
	struct zg_arena a;

	(void)state;
	zg_arena_init_fixed(&a, mem, sizeof(mem));
	quoted.is_quoted = true;
	memset(text, 'x', sizeof(text));
	text_is(zg_host_value(plain, ZG_S("v=spf1 -all"), &a), "v=spf1 -all");
	text_is(zg_host_value(&quoted, ZG_S("a\"b\\c"), &a), "\"a\\\"b\\\\c\"");
	text_is(zg_host_value(pieces, ZG_S("v=spf1 -all"), &a), "\"v=spf1 -all\"");
	text_is(zg_host_value(pieces, ZG_S(""), &a), "\"\"");
	text_is(zg_host_value(plain, (struct zg_slice){ NULL, 0 }, &a), "");
	s = zg_host_value(pieces, long_value, &a);
	assert_int_equal(s.n, 700 + 3 * 2 + 2);
	assert_int_equal(zg_host_pieces(long_value, parts), 3);
	assert_int_equal(parts[0].n, 255);
	assert_int_equal(parts[2].n, 700 - 510);
	text[254] = ' ';	/* the last octet of the first piece: it is cut before what stands before the blank */
	assert_true(zg_host_pieces(long_value, parts) <= zg_host_pieces_max(700));
	assert_int_equal(parts[0].n, 253);
	memset(text, ' ', sizeof(text));	/* blanks everywhere: cut all the same */
	assert_int_equal(zg_host_pieces(long_value, parts), 3);
	assert_int_equal(zg_host_pieces(ZG_S(""), parts), 1);
}

/* What is written as a line of a zone is what the zone reader reads. */
static void test_zone_line(void **state)
{
	static const struct zg_slice values[] = { ZG_SI("v=spf1 -all"), ZG_SI("a\"b\\c;d"), ZG_SI("\0\xff \xe2\x80\xae"), ZG_SI("") };
	static char mem[1u << 18], big[3000];

	(void)state;
	memset(big, 'k', sizeof(big));
	for (size_t i = 0; i <= sizeof(values) / sizeof(values[0]); i++) {
		struct zg_slice value = i < 4 ? values[i] : zg_slice_of(big, sizeof(big)), line;
		struct zg_dns_q q = { .name = ZG_S("a._domainkey.example.be"), .type = ZG_DNS_TXT };
		struct zg_zone_error e = { 0, NULL };
		struct zg_arena a;
		struct zg_zone *z;
		struct zg_dns_a answer;

		zg_arena_init_fixed(&a, mem, sizeof(mem));
		line = zg_host_zone_line(q.name, 3600, value, &a);
		z = zg_zone_read(line, &a, &e);
		if (!z)
			fail_msg("%s: " ZG_FMT, e.why, ZG_ARG(line));
		zg_zone_answer(z, &q, &a, &answer);
		assert_int_equal(answer.rr_count, 1);
		assert_int_equal(answer.ttl, 3600);
		assert_true(zg_slice_eq(answer.rr[0].data, value));
	}
}

/* The same call with every size of a fixed arena, until it has room: before, NULL and is_full. */
static void test_no_memory(void **state)
{
	static char value[600], mem[4096];
	const struct zg_dns_host *bind = zg_dns_host_get(ZG_S("bind"));

	(void)state;
	memset(value, '"', sizeof(value));
	for (unsigned what = 0; what < 3; what++) {
		bool is_done = false;

		for (size_t n = 0; n <= sizeof(mem) && !is_done; n++) {
			struct zg_arena a;
			struct zg_slice s;

			zg_arena_init_fixed(&a, mem, n);
			if (what == 0)
				s = zg_host_name(bind, ZG_S("_dmarc.example.be"), ZG_S("example.be"), &a);
			else if (what == 1)
				s = zg_host_value(bind, zg_slice_of(value, sizeof(value)), &a);
			else
				s = zg_host_zone_line(ZG_S("example.be"), 1, zg_slice_of(value, sizeof(value)), &a);
			is_done = s.p != NULL;
			assert_int_equal(a.is_full, !is_done);
			assert_true(is_done ? s.n > 0 : s.n == 0);
		}
		assert_true(is_done);
	}
}

/* A megabyte of each of these is nobody's, takes no time to speak of, and is written as it should be. */
static void test_hostile(void **state)
{
	static const struct zg_slice with[] = { ZG_SI("."), ZG_SI("a"), ZG_SI("-"), ZG_SI("ns-1."), ZG_SI("\0"), ZG_SI("\xff"), ZG_SI("\\"),
		ZG_SI("*"), ZG_SI("awsdns-"), ZG_SI("\xe2\x80\xae"), ZG_SI(" ") };
	static char big[1u << 20], mem[6u << 20];
	static struct zg_slice pieces[(1u << 20) / 215 + 1];
	const struct zg_dns_host *relative = zg_dns_host_get(ZG_S("transip")), *route53 = zg_dns_host_get(ZG_S("route53"));

	(void)state;
	for (size_t k = 0; k < sizeof(with) / sizeof(with[0]); k++) {
		struct zg_slice s = { big, sizeof(big) };
		struct zg_arena a;

		for (size_t i = 0; i < sizeof(big); i++)
			big[i] = with[k].p[i % with[k].n];
		assert_null(zg_dns_host_of(&s, 1, NULL));
		assert_null(zg_mail_host_of(&s, 1, NULL));
		assert_null(zg_mail_host_of_include(s));
		assert_null(zg_mail_host_of_wrong(s));
		assert_null(zg_provider_of(s));
		assert_null(zg_dns_host_get(s));
		assert_ptr_equal(zg_host_name(relative, s, ZG_S("example.be"), NULL).p, big);
		assert_true(zg_host_pieces_max(s.n) <= sizeof(pieces) / sizeof(pieces[0]));
		assert_true(zg_host_pieces(s, pieces) <= zg_host_pieces_max(s.n));
		zg_arena_init_fixed(&a, mem, sizeof(mem));
		assert_true(zg_host_value(route53, s, &a).n > sizeof(big));
		assert_false(a.is_full);
	}
}

static const struct {
	const char *mx, *id;
} mxs[] = {
	{ "aspmx.l.google.com", "google" }, { "SMTP.google.com.", "google" }, { "alt1.aspmx.l.googlemail.com", "google" },
	{ "example-be.mail.protection.outlook.com", "microsoft365" }, { "example-be.a-v1.mx.microsoft", "microsoft365" },
	{ "mx1.mailprotect.be", "combell" }, { "mx.transip.email", "transip" }, { "mx1.pub.mailpod1-cph3.one.com", "one" },
	{ "mx.zxcs.nl", "vimexx" }, { "mx1.mail.ovh.net", "ovh" }, { "in1-smtp.messagingengine.com", "fastmail" },
	{ "mxext1.mailbox.org", "mailboxorg" }, { "mail.protonmail.ch", "proton" }, { "spool.mail.gandi.net", "gandi" },
	{ "mta-gw.infomaniak.ch", "infomaniak" }, { "mx1.mail.hostpoint.ch", "hostpoint" }, { "smtpin.rzone.de", "strato" },
	{ "mx00.ionos.de", "ionos" }, { "mx00.ionos.com", "ionoscom" }, { "mx1.hostinger.com", "hostinger" }, { "mx2.zoho.eu", "zohoeu" },
	{ "notgoogle.com", NULL }, { "google.com.example.be", NULL }, { "", NULL },
};

static void test_mail_hosts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(mxs) / sizeof(mxs[0]); i++) {
		struct zg_slice mx = zg_slice_cstr(mxs[i].mx);
		const struct zg_mail_host *h = zg_mail_host_of(&mx, 1, NULL);

		print_message("%s\n", mxs[i].mx);
		assert_int_equal(h != NULL, mxs[i].id != NULL);
		if (h)
			text_is(h->id, mxs[i].id);
	}
	text_is(zg_mail_host_of_include(ZG_S("_SPF.google.com."))->id, "google");
	text_is(zg_mail_host_of_wrong(ZG_S("outlook.com"))->id, "microsoft365");
	assert_null(zg_mail_host_of_wrong(ZG_S("_spf.google.com")));
	assert_null(zg_mail_host_of_include(ZG_S("")));
}

/* A right form is nobody's wrong form, or the merge would not come to rest; a wrong form has a right one. */
static void test_mail_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < zg_mail_host_count(); i++) {
		const struct zg_mail_host *h = zg_mail_host_at(i);

		assert_true(h->mx[0].n > 0);
		assert_true(!h->include.n || !zg_mail_host_of_wrong(h->include));
		assert_true(!h->wrong[0].n || h->include.n > 0);
	}
}

static const struct {
	const char *domain, *name;
} providers[] = {
	{ "gmail.com", "Gmail" }, { "outlook.com", "Outlook.com" }, { "hotmail.be", "Hotmail" }, { "live.nl", "Outlook.com" },
	{ "yahoo.co.uk", "Yahoo" }, { "yahoo.com.br", "Yahoo" }, { "icloud.com", "iCloud" }, { "telenet.be", "Telenet" },
	{ "skynet.be", "Proximus" }, { "proximus.be", "Proximus" }, { "scarlet.be", "Scarlet" }, { "voo.be", "VOO" }, { "ziggo.nl", "Ziggo" },
	{ "kpnmail.nl", "KPN" }, { "orange.fr", "Orange" }, { "free.fr", "Free" }, { "laposte.net", "La Poste" }, { "gmx.de", "GMX" },
	{ "web.de", "WEB.DE" }, { "t-online.de", "Telekom" }, { "hotmail.", NULL }, { "hotmail.example.be", NULL }, { "nothotmail.be", NULL },
	{ "mail.gmail.com", NULL }, { "live.my.be", NULL }, { "example.be", NULL }, { "", NULL },
};

static void test_providers(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(providers) / sizeof(providers[0]); i++) {
		const struct zg_provider *p = zg_provider_of(zg_slice_cstr(providers[i].domain));

		print_message("%s\n", providers[i].domain);
		assert_int_equal(p != NULL, providers[i].name != NULL);
		if (p)
			text_is(p->name, providers[i].name);
	}
	assert_int_equal(zg_provider_of(ZG_S("gmail.com"))->account, ZG_PROVIDER_GOOGLE);
	assert_int_equal(zg_provider_of(ZG_S("hotmail.nl"))->account, ZG_PROVIDER_MICROSOFT);
	assert_true(zg_provider_at(zg_provider_count() - 1)->pattern.n > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_host_by_ns), cmocka_unit_test(test_table), cmocka_unit_test(test_fields), cmocka_unit_test(test_names),
		cmocka_unit_test(test_values), cmocka_unit_test(test_zone_line), cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_mail_hosts), cmocka_unit_test(test_mail_table), cmocka_unit_test(test_providers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
