# SPDX-License-Identifier: BSD-2-Clause
# gnuplot -e "data='FILE'; rows=N" plot.gnuplot: an SVG of bars, a figure of ours and
# below it what else does the same work. Colours that everybody can tell apart.
set terminal svg size 1000, 14 * rows + 90 font "sans-serif,11" background "white" noenhanced
set datafile separator tab
set title "Instructions per operation: ours (blue), what else does it (orange)" offset -20
set logscale x
set xrange [10:3e6]
set yrange [rows + 1:0.5]
set lmargin 58
set grid xtics lc rgb "#dddddd"
set format x "%.0s%c"
set ytics nomirror scale 0
unset key
set style fill solid noborder
set boxwidth 0.8
ours(n) = int(n) ? 0x0072B2 : 0xE69F00
plot data using 2:1:(10):2:($1 - 0.4):($1 + 0.4):(ours($3)):yticlabel(4) with boxxyerror lc rgb variable, \
	data using 2:1:(sprintf(" %.0f", $2)) with labels left font ",10"
