# Reads the part of TOML that lifeboot.toml is written in: prints `section.key<TAB>value`, one line for each string,
# number or boolean, and one for each element of an array; `section.<TAB>` says that a table is there. What it does not understand is named on stderr and skipped.
#
# Needed because an image is also built where the binary cannot run (another architecture).

function complain(why) { printf "warning: %s:%d: %s: %s\n", FILENAME, FNR, why, $0 >"/dev/stderr" }

function trim(text) { gsub(/^[ \t]+|[ \t\r]+$/, "", text); return text }

# Takes the first value off `rest`; returns 0 when there is none that it knows.
function take(    length_) {
	if (match(rest, /^"([^"\\]|\\.)*"/)) {
		value = substr(rest, 2, RLENGTH - 2)
		length_ = RLENGTH
		gsub(/\\"/, "\"", value); gsub(/\\\\/, "\\", value)
	} else if (match(rest, /^'[^']*'/)) {
		value = substr(rest, 2, RLENGTH - 2)
		length_ = RLENGTH
	} else if (match(rest, /^[A-Za-z0-9+_.:-]+/)) {
		value = substr(rest, 1, RLENGTH)
		length_ = RLENGTH
	} else return 0
	rest = trim(substr(rest, length_ + 1))
	return 1
}

# The elements of an array, which may go on over several lines.
function elements() {
	while (1) {
		if (rest == "" || rest ~ /^#/) return
		if (rest ~ /^\]/) { in_array = 0; return }
		if (rest ~ /^,/) { rest = trim(substr(rest, 2)); continue }
		if (!take()) { complain("not understood, ignoring"); in_array = 0; return }
		print path "\t" value
	}
}

in_array { rest = trim($0); elements(); next }
/^[ \t]*(#|$)/ { next }
/^[ \t]*\[\[?[A-Za-z0-9_."'-]+\]\]?[ \t\r]*(#.*)?$/ {
	section = $0
	sub(/#.*/, "", section); gsub(/[][ \t\r"']/, "", section)
	print section ".\t"
	next
}
{
	at = index($0, "=")
	key = trim(substr($0, 1, at - 1))
	gsub(/["']/, "", key)
	if (at == 0 || key !~ /^[A-Za-z0-9_.-]+$/) { complain("not understood, ignoring"); next }
	path = (section == "" ? "" : section ".") key
	rest = trim(substr($0, at + 1))
	if (rest ~ /^\[/) { in_array = 1; rest = trim(substr(rest, 2)); elements(); next }
	if (rest ~ /^("""|''')/ || !take()) { complain("not understood, ignoring"); next }
	print path "\t" value
}
