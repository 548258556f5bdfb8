# SPDX-License-Identifier: BSD-2-Clause
# gnuplot -e "data='FILE'; rows=N" chart.gnuplot: README.md's chart, an SVG of what chart.awk
# has chosen. Bars are to be compared within a kind of work: the longest of each is 1.
set terminal svg size 820, 18 * rows + 60 font "sans-serif,13" background "white" noenhanced
set datafile separator tab
set title "Instructions for each operation: fewer is better. Bars compare within one kind of work."
set xrange [-0.15:1.15]
set yrange [rows + 1:0.2]
set lmargin 1
set rmargin 2
unset border
unset xtics
unset ytics
unset key
set style fill solid noborder
colour(n) = int(n) == 1 ? 0x0072B2 : 0xE69F00
plot data using (0):1:(0):2:($1 - 0.4):($1 + 0.4):(colour($4)) with boxxyerror lc rgb variable, \
	data using 2:1:(sprintf("  %s", strcol(3))) with labels left, \
	data using (-0.01):(int($4) == 2 ? NaN : $1):5 with labels right, \
	data using (-0.15):(int($4) == 2 ? $1 : NaN):5 with labels left textcolor rgb "#444444"
